# GVariant, the text format of dconf: values that know their type and print
# themselves.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    head
    isBool
    isFloat
    isInt
    isList
    isString
    ;

  make =
    type: value:
    {
      _type = "gvariant";
      inherit type value;
      __toString = self: "@${self.type} ${toString self.value}";
    };
  plain = type: show: value: make type value // { __toString = self: show self.value; };
  joined = values: concatStringsSep "," (map toString values);

  escapeString = builtins.replaceStrings [ "\\" "'" "\n" ] [ "\\\\" "\\'" "\\n" ];
in
rec {
  # The letters by which the format names its types.
  type = {
    arrayOf = t: "a${t}";
    maybeOf = t: "m${t}";
    tupleOf = ts: "(${lib.concatStrings ts})";
    dictionaryEntryOf = key: value: "{${key}${value}}";
    string = "s";
    boolean = "b";
    uchar = "y";
    int16 = "n";
    uint16 = "q";
    int32 = "i";
    uint32 = "u";
    int64 = "x";
    uint64 = "t";
    double = "d";
    variant = "v";
  };

  # isGVariant :: a -> bool
  isGVariant = v: v._type or "" == "gvariant";

  # mkValue :: a -> gvariant
  # Chooses the type by the value.
  mkValue =
    v:
    if isBool v then
      mkBoolean v
    else if isFloat v then
      mkDouble v
    else if isString v then
      mkString v
    else if isList v then
      mkArray v
    else if isGVariant v then
      v
    else if isInt v then
      throw "gvariant: an integer can have several types; use mkInt32, mkUint32 or another one for ${toString v}"
    else
      throw "gvariant: a value of type ${builtins.typeOf v} cannot be converted";

  # mkArray :: [ a ] -> gvariant
  mkArray =
    values:
    let
      converted = map mkValue (if values == [ ] then throw "gvariant: the type of an empty array is unknown; use mkEmptyArray" else values);
      elementType = (head converted).type;
    in
    if builtins.all (v: v.type == elementType) converted then
      plain (type.arrayOf elementType) (vs: "@${type.arrayOf elementType} [${joined vs}]") converted
    else
      throw "gvariant: the elements of an array must have one type";

  # mkEmptyArray :: type -> gvariant
  mkEmptyArray = elementType: plain (type.arrayOf elementType) (_: "@${type.arrayOf elementType} []") [ ];

  # mkVariant :: a -> gvariant
  mkVariant = v: plain type.variant (inner: "<${toString inner}>") (mkValue v);

  # mkDictionaryEntry :: key -> value -> gvariant
  mkDictionaryEntry =
    name: value:
    let
      key = mkValue name;
      content = mkValue value;
    in
    plain (type.dictionaryEntryOf key.type content.type) (_: "@${type.dictionaryEntryOf key.type content.type} {${toString key},${toString content}}") null;

  # mkMaybe, mkNothing, mkJust :: ... -> gvariant
  mkMaybe =
    elementType: v:
    make (type.maybeOf elementType) v
    // {
      __toString = self: if self.value == null then "@${self.type} nothing" else "just ${toString self.value}";
    };
  mkNothing = elementType: mkMaybe elementType null;
  mkJust =
    v:
    let
      inner = mkValue v;
    in
    mkMaybe inner.type inner;

  # mkTuple :: [ a ] -> gvariant
  mkTuple =
    values:
    let
      converted = map mkValue values;
      tuple = type.tupleOf (map (v: v.type) converted);
    in
    plain tuple (vs: "@${tuple} (${joined vs})") converted;

  mkBoolean = plain type.boolean lib.boolToString;
  mkString = v: plain type.string (s: "'${escapeString s}'") v;
  mkObjectpath = plain "o" (v: "objectpath '${v}'");
  mkUchar = make type.uchar;
  mkInt16 = make type.int16;
  mkUint16 = make type.uint16;
  mkInt32 = plain type.int32 toString;
  mkUint32 = make type.uint32;
  mkInt64 = make type.int64;
  mkUint64 = make type.uint64;
  mkDouble = plain type.double toString;
}
