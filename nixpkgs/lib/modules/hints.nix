# What to write instead of a value that an option does not accept.
#
# Every hint is tried out first: it is given only if the type accepts the value
# that it proposes.
{ lib }:
let
  inherit (builtins)
    concatMap
    elem
    filter
    fromJSON
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    length
    match
    toJSON
    tryEval
    ;

  truths = [ "true" "yes" "on" "1" ];
  untruths = [ "false" "no" "off" "0" ];

  # { value; text; }: what the user may have meant, and how to say it.
  proposals =
    v:
    lib.optionals (isString v) (
      lib.optional (match "-?(0|[1-9][0-9]{0,17})" v != null) {
        value = fromJSON v;
        text = "Write the number without quotes: ${v}";
      }
      ++ lib.optional (elem (lib.toLower v) truths) {
        value = true;
        text = "Write a Boolean without quotes: true";
      }
      ++ lib.optional (elem (lib.toLower v) untruths) {
        value = false;
        text = "Write a Boolean without quotes: false";
      }
    )
    ++ lib.optional (isInt v) {
      value = toString v;
      text = "Write it in quotes: \"${toString v}\"";
    }
    ++ lib.optional (isPath v) {
      value = toString v;
      text = "A path is no string; write it in quotes, or interpolate it";
    }
    ++ lib.optional (isList v && length v == 1) {
      value = head v;
      text = "Write the single value without brackets";
    }
    ++ lib.optional (!(isList v)) {
      value = [ v ];
      text = "Write a list, also of one element: [ ... ]";
    }
    ++ lib.optional (lib.isFunction v) {
      value = "";
      text = "The value is a function; it probably lacks an argument";
    };

  # The strings that an enumeration inside of the type allows.
  choices =
    depth: type:
    if depth == 0 then
      [ ]
    else if type.name == "enum" then
      filter isString type.functor.payload.values
    else
      concatMap (t: if t ? nestedTypes then choices (depth - 1) t else [ ]) (
        lib.attrValues (type.nestedTypes or { })
      );

  accepts =
    type: v:
    let
      # Elements too, as far as they can be looked at without harm.
      tried = tryEval (
        type.check v && (!(isList v) || !(type ? nestedTypes.elemType) || lib.all type.nestedTypes.elemType.check v)
      );
    in
    tried.success && tried.value;
in
{
  # hint :: type -> value -> string
  # A line to put below a message, or nothing.
  hint =
    type: v:
    let
      good = filter (p: accepts type p.value) (proposals v);
      near = if isString v then lib.modules.messages.nearest v (choices 4 type) else [ ];
    in
    if near != [ ] then
      "\nDid you mean ${lib.concatMapStringsSep " or " toJSON near}?"
    else if good != [ ] then
      "\n${(head good).text}"
    else if isAttrs v && lib.isDerivation v && type.check "${builtins.storeDir}/x" then
      "\nThe value is a package; interpolate it to get its path"
    else
      "";
}
