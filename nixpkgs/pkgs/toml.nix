# A Nix value as TOML text: plain keys first, then one table per attribute set.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    isBool
    isList
    isString
    toJSON
    ;

  key = name: if builtins.match "[A-Za-z0-9_-]+" name != null then name else toJSON name;

  inline =
    value:
    if isBool value then
      lib.boolToString value
    else if isString value then
      toJSON value
    else if isList value then
      "[${concatStringsSep ", " (map inline value)}]"
    else if isAttrs value then
      "{${concatStringsSep ", " (lib.mapAttrsToList (name: v: "${key name} = ${inline v}") value)}}"
    else
      toString value;

  isTable = value: isAttrs value && !(value ? outPath);
  isTableList = value: isList value && value != [ ] && lib.all isTable value;

  table =
    path: value:
    let
      present = lib.filterAttrs (_: v: v != null) value;
      names = attrNames present;
      plain = lib.filter (name: !isTable present.${name} && !isTableList present.${name}) names;
      heading = name: concatStringsSep "." (path ++ [ (key name) ]);
      below =
        name:
        let
          v = present.${name};
        in
        if isTable v then
          "\n[${heading name}]\n${table (path ++ [ (key name) ]) v}"
        else
          lib.concatMapStrings (item: "\n[[${heading name}]]\n${table (path ++ [ (key name) ]) item}") v;
    in
    lib.concatMapStrings (name: "${key name} = ${inline present.${name}}\n") plain
    + lib.concatMapStrings below (lib.filter (name: isTable present.${name} || isTableList present.${name}) names);
in
table [ ]
