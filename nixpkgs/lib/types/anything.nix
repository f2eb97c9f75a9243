# Any value: attribute sets are merged deeply, everything else must agree.
{ lib }:
let
  inherit (builtins)
    all
    head
    isAttrs
    length
    typeOf
    ;
  inherit (lib.options) mergeEqualOption mergeOneOption;

  kindOf = v: if isAttrs v && lib.isStringLike v then "text" else typeOf v;
in
rec {
  anything = lib.types.mkOptionType {
    name = "anything";
    description = "anything";
    descriptionClass = "noun";
    check = _: true;
    merge =
      loc: defs:
      let
        kind = kindOf (head defs).value;
        byKind = {
          set = (lib.types.attrsOf anything).merge;
          text = mergeOneOption;
          list =
            if length defs == 1 then
              (lib.types.listOf anything).merge
            else
              mergeEqualOption;
          lambda =
            loc: defs: arg:
            anything.merge (loc ++ [ "<function body>" ]) (
              map (def: {
                inherit (def) file;
                value = def.value arg;
              }) defs
            );
        };
      in
      if all (def: kindOf def.value == kind) defs then
        (byKind.${kind} or mergeEqualOption) loc defs
      else
        throw (lib.modules.messages.conflict loc defs);
  };
}
