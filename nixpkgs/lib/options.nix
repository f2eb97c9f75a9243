# Options: how they are declared, how they are shown, how their definitions
# merge when a type has no rule of its own, and how they are listed.
{ lib }:
let
  inherit (builtins)
    all
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isString
    length
    tail
    tryEval
    unsafeGetAttrPos
    ;
  messages = lib.modules.messages;

  # Where a definition was written: with the line, if its attribute is in the
  # file that the definition names.
  place =
    loc: def:
    let
      name = def.sourceName or (lib.last loc);
      pos =
        if def ? source && (def ? sourceName || loc != [ ]) && def.source ? ${name} then
          unsafeGetAttrPos name def.source
        else
          null;
      file = toString def.file;
    in
    if pos == null || (pos.file != file && file != lib.modules.unknownModule) then
      file
    else
      "${pos.file}:${toString pos.line}";

  # The value inside of properties.
  bare =
    v:
    if v ? _type && v ? content then
      bare v.content
    else if v ? _type && v ? contents && length v.contents == 1 then
      bare (head v.contents)
    else
      v;

  # A value as text of a few lines; what cannot be evaluated is left out.
  showValue =
    value:
    let
      text = lib.generators.toPretty { } (
        lib.generators.withRecursion {
          depthLimit = 6;
          throwOnDepthLimit = false;
        } (bare value)
      );
      evaluated = tryEval (builtins.seq text text);
      lines = lib.splitString "\n" evaluated.value;
      shown = concatStringsSep "\n    " (lib.take 6 lines ++ lib.optional (length lines > 6) "...");
    in
    if !evaluated.success then
      ""
    else if length lines > 1 then
      ":\n    ${shown}"
    else
      ": ${shown}";
in
rec {
  # isOption :: a -> bool
  isOption = lib.isType "option";

  # mkOption :: { default ? ; defaultText ? ; example ? ; description ? ; type ? ; apply ? ;
  #               internal ? ; visible ? ; readOnly ? ; relatedPackages ? ; } -> option
  mkOption = attrs: attrs // { _type = "option"; };

  # mkEnableOption :: name -> option
  # A switch that is off unless set.
  mkEnableOption =
    name:
    mkOption {
      default = false;
      example = true;
      description = "Whether to enable ${name}.";
      type = lib.types.bool;
    };

  # mkPackageOption :: pkgs -> (name | [ name ]) -> { nullable ? ; default ? ; example ? ; extraDescription ? ; pkgsText ? ; } -> option
  # An option for a package, by default the one of that name in pkgs.
  mkPackageOption =
    pkgs: name:
    {
      nullable ? false,
      default ? name,
      example ? null,
      extraDescription ? "",
      pkgsText ? "pkgs",
    }:
    let
      names = lib.toList name;
      path = lib.toList default;
      text = p: lib.literalExpression ("${pkgsText}." + concatStringsSep "." (lib.toList p));
    in
    mkOption (
      {
        description =
          "The ${concatStringsSep " " names} package to use." + lib.optionalString (extraDescription != "") " ${extraDescription}";
        type = (if nullable then lib.types.nullOr else (t: t)) lib.types.package;
      }
      // (
        if default != null then
          {
            default = lib.attrByPath path (throw "${concatStringsSep "." path} cannot be found in ${pkgsText}") pkgs;
            defaultText = text default;
          }
        else
          lib.optionalAttrs nullable { default = null; }
      )
      // lib.optionalAttrs (example != null) {
        example = if lib.isType "literalExpression" example then example else text example;
      }
    );
  mkPackageOptionMD = mkPackageOption;

  # mkSinkUndeclaredOptions :: set -> option
  # Takes every definition for which nothing is declared, and discards it.
  mkSinkUndeclaredOptions =
    attrs:
    mkOption (
      {
        internal = true;
        visible = false;
        default = false;
        description = "Takes definitions of options that are not declared here.";
        type = lib.mkOptionType {
          name = "sink";
          check = _: true;
          merge = _: _: false;
        };
        apply = _: throw "this option only takes definitions; its value cannot be read";
      }
      // attrs
    );

  # mergeDefaultOption :: loc -> [ definition ] -> a
  # Chooses a way of merging by the kind of the values.
  mergeDefaultOption =
    loc: defs:
    let
      values = getValues defs;
    in
    if length values == 1 then
      head values
    else if all isFunction values then
      x: mergeDefaultOption loc (map (def: def // { value = def.value x; }) defs)
    else if all isList values then
      concatLists values
    else if all isAttrs values then
      foldl' lib.mergeAttrs { } values
    else if all isBool values then
      foldl' (a: b: a || b) false values
    else if all isString values then
      concatStringsSep "" values
    else if all isInt values && all (v: v == head values) values then
      head values
    else
      throw (messages.conflict loc defs);

  # mergeOneOption :: loc -> [ definition ] -> a
  # For values that cannot be merged at all.
  mergeOneOption = mergeUniqueOption { message = ""; };

  # mergeUniqueOption :: { message; merge ? ; } -> loc -> [ definition ] -> a
  mergeUniqueOption =
    args@{
      message,
      merge ? null,
    }:
    loc: defs:
    if length defs != 1 then
      throw (messages.notUnique loc message defs)
    else if merge == null then
      (head defs).value
    else
      merge loc defs;

  # mergeEqualOption :: loc -> [ definition ] -> a
  # For values that may be defined twice as long as they agree. As a set with
  # `identity` it tells mergeDefinitions that one definition merges to itself.
  mergeEqualOption = {
    identity = true;
    __functor =
      _: loc: defs:
      if defs == [ ] then
        throw (messages.notDefined loc lib.types.unspecified)
      else if tail defs == [ ] then
        (head defs).value
      else
        (foldl' (
          first: def: if def.value != first.value then throw (messages.conflict loc [ first def ]) else first
        ) (head defs) (tail defs)).value;
  };

  # getValues, getFiles :: [ definition ] -> [ ... ]
  getValues = map (def: def.value);
  getFiles = map (def: def.file);

  # showOption :: loc -> string
  # The name as one would write it, with quotes only where they are needed.
  showOption =
    let
      # Placeholders that stand for a name and are not one.
      show = part: if elem part [ "*" "<name>" "<function body>" ] || builtins.match "<.*>" part != null then part else lib.escapeNixIdentifier part;
    in
    loc: concatStringsSep "." (map show loc);

  # showFiles :: [ file ] -> string
  showFiles = files: concatStringsSep " and " (map (file: "`${toString file}'") files);

  # showDefs :: [ definition ] -> string
  # One line for each definition: where it is and what it says.
  showDefs = showDefs' [ ];

  # showDefs' :: loc -> [ definition ] -> string
  # Knowing the option's name, the line is shown too.
  showDefs' =
    loc: defs:
    lib.concatMapStrings (
      def: "\n- In `${place loc def}'${if def ? isDefault then ", the default" else ""}${showValue def.value}"
    ) defs;

  # showOptionWithDefLocs :: option -> string
  showOptionWithDefLocs = opt: ''
    ${showOption opt.loc}, with values defined in:
    ${lib.concatMapStringsSep "\n" (file: "  - ${toString file}") opt.files}
  '';

  # literalExpression :: string -> literal
  # A default or example that documentation shows as written.
  literalExpression =
    text:
    if !(isString text) then
      throw "literalExpression expects a string."
    else
      {
        _type = "literalExpression";
        inherit text;
      };
  literalExample = lib.warn "lib.literalExample is deprecated, use lib.literalExpression or a plain value" literalExpression;

  # literalMD :: string -> literal
  literalMD =
    text:
    if !(isString text) then
      throw "literalMD expects a string."
    else
      {
        _type = "literalMD";
        inherit text;
      };

  # mdDoc :: string -> string
  # Descriptions are Markdown anyway.
  mdDoc = text: text;

  # renderOptionValue :: a -> literal
  renderOptionValue =
    v:
    if v ? _type && v ? text then
      v
    else
      literalExpression (
        lib.generators.toPretty {
          multiline = true;
          allowPrettyValues = true;
        } v
      );

  # scrubOptionValue :: a -> a
  # For documentation: packages are replaced by their names.
  scrubOptionValue =
    v:
    if lib.isDerivation v then
      v // {
        outPath = v.name;
        drvPath = v.name;
        inherit (v) name;
        type = "derivation";
      }
    else if isList v then
      map scrubOptionValue v
    else if isAttrs v then
      builtins.mapAttrs (_: scrubOptionValue) (removeAttrs v [ "_args" ])
    else
      v;

  # optionAttrSetToDocList :: options -> [ { name; description; type; ... } ]
  # One record for each option, those of submodules included.
  optionAttrSetToDocList = optionAttrSetToDocList' [ ];

  optionAttrSetToDocList' =
    _: options:
    concatMap (
      opt:
      let
        name = showOption opt.loc;
        visible = opt.visible or true;
        record = {
          inherit name;
          inherit (opt) loc;
          description = opt.description or null;
          declarations = filter (file: file != lib.modules.unknownModule) opt.declarations;
          internal = opt.internal or false;
          visible = if isBool visible then visible else visible == "shallow";
          readOnly = opt.readOnly or false;
          type = opt.type.description or "unspecified";
        }
        // lib.optionalAttrs (opt ? example) { example = renderOptionValue opt.example; }
        // lib.optionalAttrs (opt ? defaultText || opt ? default) {
          default = renderOptionValue (opt.defaultText or opt.default);
        }
        // lib.optionalAttrs (opt ? relatedPackages && opt.relatedPackages != null) {
          inherit (opt) relatedPackages;
        };
        below = if visible == "shallow" || visible == "transparent" then { } else opt.type.getSubOptions opt.loc;
        nested = if visible == false then [ ] else optionAttrSetToDocList' opt.loc below;
      in
      [ record ] ++ lib.optionals (below != { }) nested
    ) (lib.collect isOption options);

  unknownModule = lib.modules.unknownModule;
}
