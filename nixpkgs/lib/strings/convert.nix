# Strings and other values: numbers, store paths, contexts, package names, versions.
{ lib }:
let
  inherit (builtins)
    compareVersions
    head
    isAttrs
    isInt
    isList
    isPath
    isString
    match
    parseDrvName
    stringLength
    substring
    toJSON
    ;

  quoted = text: "`${text}'";
in
rec {
  # isStringLike :: a -> bool
  # True for what string interpolation accepts.
  isStringLike = v: isString v || isPath v || v ? outPath || v ? __toString;

  # isConvertibleWithToString :: a -> bool
  # True for what toString accepts.
  isConvertibleWithToString =
    v:
    if isList v then
      builtins.all isConvertibleWithToString v
    else
      isStringLike v || builtins.elem (builtins.typeOf v) [ "null" "int" "float" "bool" ];
  isCoercibleToString = lib.warn "lib.strings.isCoercibleToString: use isStringLike or isConvertibleWithToString" isConvertibleWithToString;

  # addContextFrom :: source -> target -> string
  # The target, with the string context of the source added.
  addContextFrom = source: target: substring 0 0 source + target;

  # isStorePath :: a -> bool
  # True for a path directly below the store directory.
  isStorePath =
    v:
    isStringLike v
    && (
      let
        text = toString v;
      in
      substring 0 1 text == "/" && dirOf text == builtins.storeDir
      || match "/[0-9a-z]{52}" (builtins.unsafeDiscardStringContext text) != null
    );

  # toInt :: string -> int
  # Refuses what could be octal; spaces around the number are ignored.
  toInt =
    text:
    let
      parts = match "[[:space:]]*(-?)(0*)([0-9]*)[[:space:]]*" text;
      sign = head parts;
      zeros = builtins.elemAt parts 1;
      digits = builtins.elemAt parts 2;
    in
    if parts == null || zeros + digits == "" then
      throw "toInt: Could not convert ${toJSON text} to int."
    else if digits != "" && zeros != "" then
      throw "toInt: Ambiguity in interpretation of ${toJSON text} between octal and zero padded integer."
    else
      builtins.fromJSON (sign + (if digits == "" then "0" else digits));

  # toIntBase10 :: string -> int
  # Like toInt, but leading zeros are only padding.
  toIntBase10 =
    text:
    let
      parts = match "[[:space:]]*0*(-?[0-9]+)[[:space:]]*" text;
      digits = match "(-?)0*([0-9]+)" (head parts);
    in
    if parts == null then
      throw "toIntBase10: Could not convert ${toJSON text} to int."
    else
      builtins.fromJSON (head digits + builtins.elemAt digits 1);

  # floatToString :: number -> string
  # The shortest text that reads back as the same number.
  floatToString =
    n:
    let
      text = toString n;
      precise = toJSON n;
    in
    lib.warnIf (text != precise && builtins.fromJSON text != n)
      "Imprecise conversion from float to string ${text}"
      text;

  # getName :: string | package -> string
  getName = v: if isString v then (parseDrvName v).name else v.pname or (parseDrvName v.name).name;

  # getVersion :: string | package -> string
  getVersion =
    v: if isString v then (parseDrvName v).version else v.version or (parseDrvName v.name).version;

  # nameFromURL :: string -> separator -> string
  # The file name of a URL up to the last separator before the version.
  nameFromURL =
    url: separator:
    let
      file = lib.last (lib.splitString "/" url);
      name = head (lib.splitString separator file);
    in
    if name == file then throw "nameFromURL: ${quoted file} has no ${quoted separator}" else name;

  # versionOlder :: string -> string -> bool
  # True when the first version is older than the second.
  versionOlder = a: b: compareVersions b a == 1;

  # versionAtLeast :: string -> string -> bool
  versionAtLeast = a: b: !(versionOlder a b);

  # sanitizeDerivationName :: string -> string
  # The nearest text that may be the name of a store object.
  sanitizeDerivationName =
    let
      valid = match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*";
      clean =
        text:
        let
          plain = builtins.unsafeDiscardStringContext "${text}";
          noDots = head (match "\\.*(.*)" plain);
          joined = lib.concatMapStrings (part: if isList part then "-" else part) (
            builtins.split "[^[:alnum:]+._?=-]+" noDots
          );
          cut = substring (lib.max (stringLength joined - 207) 0) (-1) joined;
        in
        if cut == "" then "unknown" else cut;
    in
    text: if stringLength text <= 207 && valid text != null then builtins.unsafeDiscardStringContext text else clean text;
}
