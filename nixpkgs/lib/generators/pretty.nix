# Values as readable Nix text, for messages and documentation.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    ;

  cut = "<unevaluated>";
in
{
  # withRecursion :: { depthLimit; throwOnDepthLimit ? true; } -> a -> a
  # Cuts a value off below a depth, with an error or with "<unevaluated>".
  withRecursion =
    {
      depthLimit,
      throwOnDepthLimit ? true,
    }:
    let
      special = [ "__functor" "__functionArgs" "__toString" "__pretty" "outPath" "drvPath" ];
      limit =
        depth: v:
        if depth > depthLimit then
          (
            if throwOnDepthLimit then
              throw "generators.withRecursion: the value is nested deeper than ${toString depthLimit} levels"
            else if isAttrs v then
              { ${cut} = cut; }
            else if isList v then
              map (_: cut) v
            else
              cut
          )
        else if lib.isDerivation v then
          v
        else if isAttrs v then
          builtins.mapAttrs (name: inner: if builtins.elem name special then inner else limit (depth + 1) inner) v
        else if isList v then
          map (limit (depth + 1)) v
        else
          v;
    in
    if !(isInt depthLimit) then throw "depthLimit must be an integer" else limit 0;

  # toPretty :: { multiline ? true; indent ? ""; allowPrettyValues ? false; } -> a -> string
  # With allowPrettyValues a value { __pretty; val; } prints itself.
  toPretty =
    {
      allowPrettyValues ? false,
      multiline ? true,
      indent ? "",
    }:
    let
      string =
        indent: text:
        let
          lines = lib.splitString "\n" text;
          # In an indented string only these need escapes.
          quoted = map (lib.replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
          inner = concatStringsSep "\n${indent}  " (lib.init quoted);
          end = lib.last quoted;
        in
        if builtins.length lines > 1 && multiline then
          "''\n${indent}  ${inner}${if end == "" then "\n${indent}" else "\n${indent}  ${end}"}''"
        else
          lib.escapeNixString text;

      function =
        f:
        let
          args = lib.functionArgs f;
          show = name: if args.${name} then "${name}?" else name;
        in
        if args == { } then "<function>" else "<function, args: {${concatStringsSep ", " (map show (attrNames args))}}>";

      go =
        indent: v:
        let
          outer = if multiline then "\n${indent}" else " ";
          inner = if multiline then "\n${indent}  " else " ";
          below = go (indent + "  ");
        in
        if v == null then
          "null"
        else if isBool v then
          lib.boolToString v
        else if isInt v then
          toString v
        else if isFloat v then
          "~${toString v}"
        else if isString v then
          string indent v
        else if isPath v then
          toString v
        else if isFunction v then
          function v
        else if isList v then
          if v == [ ] then "[ ]" else "[${inner}${lib.concatMapStringsSep inner below v}${outer}]"
        else if isAttrs v then
          if allowPrettyValues && v ? __pretty && v ? val then
            v.__pretty v.val
          else if v == { } then
            "{ }"
          else if v ? type && v.type == "derivation" then
            "<derivation ${v.name or "???"}>"
          else if v ? __functor then
            function v
          else
            "{${inner}${
              concatStringsSep inner (
                map (
                  name:
                  "${lib.escapeNixIdentifier name} = ${
                    builtins.addErrorContext "while evaluating an attribute `${name}`" (below v.${name})
                  };"
                ) (attrNames v)
              )
            }${outer}}"
        else
          throw "generators.toPretty: a value of type ${builtins.typeOf v} cannot be shown";
    in
    go indent;
}
