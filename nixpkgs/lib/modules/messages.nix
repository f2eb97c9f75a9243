# What the module system tells a user when something is wrong: one function
# for each mistake, with the option, the files and lines, what was found, and
# what to do about it.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    concatStringsSep
    filter
    head
    isAttrs
    isList
    length
    typeOf
    ;
  inherit (lib) showFiles showOption;
  inherit (lib.options) showDefs';

  isOption = v: v ? _type && v._type == "option";
  quote = text: "`${text}'";
  option = loc: "The option ${quote (showOption loc)}";
  typeName =
    v:
    {
      set = "an attribute set";
      lambda = "a function";
      null = "null";
      int = "an integer";
    }
    .${typeOf v} or "a ${typeOf v}";

  # Names that a mistyped one was probably meant to be, nearest first.
  nearest =
    wanted: names:
    let
      n = builtins.stringLength wanted;
      limit = if n < 4 then 1 else if n < 9 then 2 else 3;
      folded = lib.toLower wanted;
      letters = text: lib.sort (a: b: a < b) (lib.stringToCharacters text);
      # Letters in another order are one slip, though two edits.
      isShuffled = name: builtins.stringLength name == n && letters name == letters folded;
      candidates = concatMap (
        name:
        let
          candidate = lib.toLower name;
        in
        if isShuffled candidate then
          [ { inherit name; distance = 1; } ]
        else if lib.levenshteinAtMost limit folded candidate then
          [ { inherit name; distance = lib.levenshtein candidate folded; } ]
        else
          [ ]
      ) names;
      isPart = name: n >= 4 && (lib.hasPrefix folded (lib.toLower name) || lib.hasSuffix folded (lib.toLower name));
      close = filter (c: c.distance < builtins.stringLength c.name) candidates;
      near = map (c: c.name) (lib.sort (a: b: a.distance < b.distance) close);
      parts = filter (name: isPart name && !(builtins.elem name near)) names;
    in
    lib.take 3 (near ++ parts);

  # "`a', `b' or `c'"
  alternatives =
    names:
    let
      quoted = map quote names;
    in
    if length quoted < 2 then
      concatStringsSep "" quoted
    else
      "${concatStringsSep ", " (lib.init quoted)} or ${lib.last quoted}";

  visibleNames = tree: filter (name: name != "_module") (attrNames tree);

  # Options that carry the mistyped name in another place, one level away.
  elsewhere =
    options: name:
    concatMap (
      group:
      if isAttrs options.${group} && !(isOption options.${group}) && options.${group} ? ${name} then
        [ [ group name ] ]
      else
        [ ]
    ) (visibleNames options);

  # The group that a location is in: its path from the prefix, and what it has.
  groupOf =
    prefix: options: loc:
    let
      path = lib.init (lib.drop (length prefix) loc);
    in
    {
      inherit path;
      siblings = lib.attrByPath path { } options;
    };

  # Existing options with names like that of an unknown one, as text.
  nearestOptions =
    prefix: options: loc:
    let
      group = groupOf prefix options loc;
    in
    map (name: showOption (prefix ++ group.path ++ [ name ])) (
      nearest (lib.last loc) (visibleNames group.siblings)
    );

  suggestion =
    prefix: options: loc:
    let
      inner = lib.drop (length prefix) loc;
      group = groupOf prefix options loc;
      parent = group.path;
      inherit (group) siblings;
      near = nearestOptions prefix options loc;
      moved = if length inner == 1 then elsewhere options (head inner) else [ ];
    in
    if near != [ ] then
      "\n\nDid you mean ${alternatives near}?"
    else if moved != [ ] then
      "\n\nThere is an option of that name at ${
        alternatives (map (path: showOption (prefix ++ path)) (lib.take 3 moved))
      }."
    else if parent != [ ] && isAttrs siblings && visibleNames siblings != [ ] && length (visibleNames siblings) <= 12 then
      "\n\nOptions at ${quote (showOption (prefix ++ parent))}: ${concatStringsSep ", " (visibleNames siblings)}."
    else if visibleNames options == [ ] then
      "\n\nNo module declares any option here. Options are declared below `options'; what stands below `config' only defines them."
    else
      "";

  isWrapped =
    def: def.value ? _type && builtins.elem def.value._type [ "if" "merge" "override" "order" ];

  # A property that could not take effect where it was put.
  misplaced =
    defs:
    let
      inner = filter isWrapped defs;
      names = {
        "if" = "mkIf";
        merge = "mkMerge";
        override = "mkForce, mkDefault or mkOverride";
        order = "mkBefore, mkAfter or mkOrder";
      };
    in
    "\nThe value is wrapped in ${names.${(head inner).value._type}}, which stands inside of another property and has no effect there. Write mkIf and mkMerge outermost, then mkForce or mkDefault, then mkBefore or mkAfter.";
in
{
  unknownOption =
    prefix: options: defs:
    let
      def = head defs;
      same = filter (other: other.loc == def.loc) defs;
      others = lib.attrValues (
        builtins.groupBy (other: showOption other.loc) (filter (other: other.loc != def.loc) defs)
      );
      mention =
        group:
        let
          loc = (head group).loc;
          near = nearestOptions prefix options loc;
        in
        quote (showOption loc) + lib.optionalString (near != [ ]) " (did you mean ${quote (head near)}?)";
    in
    "${option def.loc} does not exist. Definition values:${showDefs' def.loc same}"
    + suggestion prefix options def.loc
    + (
      if others == [ ] then
        ""
      else
        "\n\nThese do not exist either: ${concatStringsSep ", " (map mention (lib.take 10 others))}."
    );

  wrongType =
    loc: type: defs:
    let
      bad = filter (def: !(type.check def.value)) defs;
      shown = if bad == [ ] then defs else bad;
    in
    "A definition for option ${quote (showOption loc)} is not of type ${quote type.description}. Definition values:${showDefs' loc shown}"
    + (if lib.any isWrapped shown then misplaced shown else lib.modules.hints.hint type (head shown).value);

  notDefined =
    loc: type:
    "${option loc} was accessed but has no value defined. Try setting the option."
    + lib.optionalString (type.name != "unspecified") "\nIt takes a value of type ${quote type.description}.";

  nullAndNot =
    loc: defs:
    "${option loc} is defined both null and not null. Definition values:${showDefs' loc defs}";

  severalTags =
    loc: chosen: tags: defs:
    "${option loc} is defined as ${lib.concatMapStringsSep " and as " quote chosen}, but it takes exactly one of ${alternatives tags}. Definition values:${showDefs' loc defs}";

  readOnly =
    loc: defs:
    "${option loc} is read-only, but it's set multiple times. Definition values:${showDefs' loc defs}";

  conflict =
    loc: defs:
    "${option loc} has conflicting definition values:${showDefs' loc defs}\nUse `lib.mkForce value` in one place to make that one win, or `lib.mkDefault value` where it may be overridden.";

  notUnique =
    loc: message: defs:
    "${option loc} is defined multiple times while it's expected to be unique.${
      if message == "" then "" else "\n${message}"
    }\nDefinition values:${showDefs' loc defs}\nUse `lib.mkForce value` in one place to make that one win, or `lib.mkDefault value` where it may be overridden.";

  declaredTwice =
    loc: decl: acc: what:
    let
      oldType = acc.option.type.description or "unspecified";
      newType = decl.options.type.description or "unspecified";
    in
    "${option loc} in ${quote decl.file} is already declared in ${showFiles acc.files}."
    + (
      if what == "type" then
        "\nThe types ${quote oldType} and ${quote newType} cannot be merged into one."
      else
        "\nBoth declarations have the attribute ${quote what}; only one of them may have it."
    );

  optionInsideOption =
    loc: decl: nested:
    let
      names = if isAttrs nested.options then attrNames nested.options else [ ];
      description = decl.options.type.description or "unspecified value";
    in
    "${option loc} in module ${quote decl.file} would be a parent of the following options, but its type ${quote description} does not support nested options.\n"
    + concatStringsSep "\n" (map (name: "- option ${quote (showOption (loc ++ [ name ]))} in module ${quote nested.file}") names);

  notAnOption =
    loc: decl:
    "In module ${quote decl.file}: expected an option declaration at option path ${quote (showOption loc)} but got ${typeName decl.options}. Options are made with `lib.mkOption`.";

  notAType =
    loc: file: type:
    "${option loc} in ${quote file} is declared with ${typeName type} as its type."
    + lib.optionalString (lib.isFunction type) " Types such as `listOf' need the type of their elements: `types.listOf types.str'.";

  notASet =
    loc: def:
    if loc == [ ] then
      "In module ${quote def.file}: the configuration of a module must be an attribute set, but it is ${typeName def.value}."
    else
      "You're trying to define a value of type `${typeOf def.value}' rather than an attribute set for the option ${quote (showOption loc)}! It is a group of options and has no value of its own. Definition values:${showDefs' loc [ def ]}";

  strayAttributes =
    file: names:
    "Module ${quote file} has an unsupported attribute ${quote (head names)}. A module with `config' or `options' at its top level is written out in full: move ${
      concatStringsSep ", " (map quote names)
    } into its `config'.";

  notAModule =
    file: m:
    let
      kind = m._type or null;
    in
    if kind == "flake" then
      "Expected a module in ${quote file}, but found a flake. Import one of its modules, usually `nixosModules.default`."
    else if kind != null then
      "Could not load a value as a module, because it is of type \"${toString kind}\", in file ${quote file}."
    else
      "Module ${quote file} is ${typeName m}; a module is an attribute set, a function that returns one, or a path to a file with one of them.";

  missingArgument =
    key: name: scope:
    let
      near = nearest name (scope.names ++ attrNames scope.moduleArgs);
    in
    "The module argument ${quote name} is not defined, but it is used in ${quote key}. Set `_module.args.${name}', or give it to the evaluation in `specialArgs'."
    + (if near == [ ] then "" else " Did you mean ${alternatives near}?");

  renamedToNothing =
    from: to: "Renaming error: option ${quote (showOption to)} does not exist, but ${quote (showOption from)} was renamed to it.";

  cannotDisable =
    file: m:
    if isAttrs m then
      "Module ${quote file} lists in `disabledModules' a module that has no `key', so it cannot be recognised. Use its path, or give it a `key'."
    else
      "Each `disabledModules' item must be a path, string, or an attribute set with a key attribute, but one in ${quote file} is ${typeName m}.";

  wrongClass =
    file: found: expected:
    "The module ${quote file} (class: ${builtins.toJSON found}) cannot be imported into a module evaluation that expects class ${builtins.toJSON expected}.";

  inherit nearest alternatives;
}
