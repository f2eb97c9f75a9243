# Formats made of keys and values: INI and its relatives.
{ lib }:
let
  inherit (builtins)
    attrValues
    concatStringsSep
    isAttrs
    isFloat
    isFunction
    isInt
    isList
    isString
    mapAttrs
    ;
in
rec {
  # mkValueStringDefault :: { } -> a -> string
  # Scalars as most programs read them; everything else is refused.
  mkValueStringDefault =
    { }:
    v:
    let
      refuse =
        what: throw "generators.mkValueStringDefault: ${what} not supported: ${lib.generators.toPretty { } v}";
    in
    if isInt v then
      toString v
    else if lib.isDerivation v then
      toString v
    else if isString v then
      v
    else if v == true then
      "true"
    else if v == false then
      "false"
    else if v == null then
      "null"
    else if isList v then
      refuse "lists"
    else if isAttrs v then
      refuse "attrsets"
    else if isFunction v then
      refuse "functions"
    else if isFloat v then
      lib.floatToString v
    else
      refuse "this value is";

  # mkKeyValueDefault :: { mkValueString ? ; } -> separator -> key -> value -> string
  # One line; separators inside of the key are escaped.
  mkKeyValueDefault =
    {
      mkValueString ? mkValueStringDefault { },
    }:
    separator: key: value:
    "${lib.escape [ separator ] key}${separator}${mkValueString value}";

  # toKeyValue :: { mkKeyValue ? ; listsAsDuplicateKeys ? false; indent ? ""; } -> set -> string
  toKeyValue =
    {
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      indent ? "",
    }:
    let
      line = key: value: indent + mkKeyValue key value + "\n";
      lines = key: value: map (line key) (if listsAsDuplicateKeys && isList value then value else [ value ]);
    in
    set: lib.concatStrings (lib.concatLists (attrValues (mapAttrs lines set)));

  # toINI :: { mkSectionName ? ; mkKeyValue ? ; listsAsDuplicateKeys ? false; } -> { section = set; } -> string
  toINI =
    {
      mkSectionName ? (name: lib.escape [ "[" "]" ] name),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    sections:
    let
      section =
        name: values:
        "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values;
    in
    concatStringsSep "\n" (attrValues (mapAttrs section sections));

  # toINIWithGlobalSection :: { ... } -> { globalSection ? { }; sections ? { }; } -> string
  # The global section has no heading and comes first.
  toINIWithGlobalSection =
    {
      mkSectionName ? (name: lib.escape [ "[" "]" ] name),
      mkKeyValue ? mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
    }:
    {
      globalSection ? { },
      sections ? { },
    }:
    (
      if globalSection == { } then
        ""
      else
        toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } globalSection + "\n"
    )
    + toINI { inherit mkSectionName mkKeyValue listsAsDuplicateKeys; } sections;

  # toGitINI :: set -> string
  # Git's configuration: nested sets become subsections, lists repeated keys.
  toGitINI =
    attrs:
    let
      heading =
        path:
        let
          section = lib.head path;
          subsection = concatStringsSep "." (lib.tail path);
        in
        if lib.tail path == [ ] then section else ''${section} "${subsection}"'';

      value =
        v:
        if isString v then
          ''"${builtins.replaceStrings [ "\n" "	" "\\" "\"" ] [ "\\n" "\\t" "\\\\" "\\\"" ] v}"''
        else
          mkValueStringDefault { } v;
      keyValue =
        key: v: concatStringsSep "\n" (map (one: "\t${key} = ${value one}") (lib.toList v));

      # Sections with their lines, depth first: [ { path; values; } ].
      flatten =
        path: set:
        let
          isSection = v: isAttrs v && !(lib.isDerivation v);
          values = lib.filterAttrs (_: v: !(isSection v)) set;
          nested = lib.filterAttrs (_: isSection) set;
        in
        lib.optional (values != { }) { inherit path values; }
        ++ lib.concatLists (lib.mapAttrsToList (name: flatten (path ++ [ name ])) nested);

      section =
        { path, values }:
        "[${heading path}]\n" + lib.concatStrings (lib.mapAttrsToList (key: v: keyValue key v + "\n") values);
    in
    concatStringsSep "\n" (map section (lib.concatLists (lib.mapAttrsToList (name: flatten [ name ]) attrs)));

  # mkDconfKeyValue :: key -> value -> string
  mkDconfKeyValue = mkKeyValueDefault { mkValueString = v: toString (lib.gvariant.mkValue v); } "=";

  # toDconfINI :: { section = set; } -> string
  toDconfINI = toINI { mkKeyValue = mkDconfKeyValue; };

  # toJSON, toYAML :: { } -> a -> string
  # All JSON is YAML.
  toJSON = { }: builtins.toJSON;
  toYAML = toJSON;
}
