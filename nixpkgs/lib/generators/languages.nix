# Values as source text of other languages: Lua, Dhall, property lists.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    toJSON
    ;
in
rec {
  # mkLuaInline :: string -> luaInline
  # Lua code to be written as it is.
  mkLuaInline = expr: {
    _type = "lua-inline";
    inherit expr;
  };

  # toLua :: { multiline ? true; indent ? ""; asBindings ? false; } -> a -> string
  # A Lua expression, or assignments of its attributes.
  toLua =
    args@{
      multiline ? true,
      indent ? "",
      asBindings ? false,
    }:
    v:
    let
      inner = "${indent}  ";
      below = args // {
        indent = if asBindings then indent else inner;
        asBindings = false;
      };
      join = concatStringsSep (if multiline then ",\n${inner}" else ", ");
      enclose = body: if multiline then "{\n${inner}${body}\n${indent}}" else "{ ${body} }";
      isName = name: builtins.match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
      binding =
        name: value:
        if isName name then
          "${indent}${name} = ${toLua below value}\n"
        else
          throw "generators.toLua: \"${name}\" cannot be used as a name in Lua bindings";
      entry = name: value: "[${toJSON name}] = ${toLua below value}";
    in
    if asBindings then
      lib.concatStrings (lib.mapAttrsToList binding v)
    else if v == null then
      "nil"
    else if isInt v || isFloat v || isString v || isBool v then
      toJSON v
    else if isPath v || lib.isDerivation v then
      toJSON "${v}"
    else if isList v then
      (if v == [ ] then "{}" else enclose (join (map (toLua below) v)))
    else if isAttrs v then
      if v._type or null == "lua-inline" then
        "(${v.expr})"
      else if v == { } then
        "{}"
      else
        enclose (join (lib.mapAttrsToList entry v))
    else
      throw "generators.toLua: type ${builtins.typeOf v} is unsupported";

  # toDhall :: { } -> a -> string
  toDhall =
    { }@args:
    v:
    if isAttrs v then
      "{ ${concatStringsSep ", " (lib.mapAttrsToList (name: value: "${name} = ${toDhall args value}") v)} }"
    else if isList v then
      "[ ${lib.concatMapStringsSep ", " (toDhall args) v} ]"
    else if isInt v then
      (if v < 0 then "" else "+") + toString v
    else if isBool v then
      (if v then "True" else "False")
    else if isFunction v then
      throw "generators.toDhall: cannot convert a function to Dhall"
    else if v == null then
      throw "generators.toDhall: cannot convert a null to Dhall"
    else
      toJSON v;

  # toPlist :: { escape ? false; } -> a -> string
  # Apple's XML property list; null attributes are left out.
  toPlist =
    {
      escape ? false,
    }:
    v:
    let
      text = if escape then lib.escapeXML else (s: s);
      go =
        indent: x:
        if x == null then
          ""
        else if isBool x then
          "${indent}<${lib.boolToString x}/>"
        else if isInt x then
          "${indent}<integer>${toString x}</integer>"
        else if isFloat x then
          "${indent}<real>${lib.floatToString x}</real>"
        else if isString x || isPath x || lib.isDerivation x then
          "${indent}<string>${text (toString x)}</string>"
        else if isList x then
          concatStringsSep "\n" ([ "${indent}<array>" ] ++ map (go "\t${indent}") x ++ [ "${indent}</array>" ])
        else if isAttrs x then
          concatStringsSep "\n" (
            [ "${indent}<dict>" ]
            ++ lib.concatLists (
              lib.mapAttrsToList (name: value: [
                "\t${indent}<key>${text name}</key>"
                (go "\t${indent}" value)
              ]) (lib.filterAttrs (_: value: value != null) x)
            )
            ++ [ "${indent}</dict>" ]
          )
        else
          throw "generators.toPlist: cannot convert a value of type ${builtins.typeOf x}";
    in
    ''
      <?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
      <plist version="1.0">
      ${go "" v}
      </plist>'';
}
