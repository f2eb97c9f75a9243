# Character classes and changes of case, for ASCII only: other bytes pass unchanged.
{ lib }:
let
  inherit (builtins) replaceStrings substring stringLength;

  # Every byte but NUL, in order, for charToInt. The escapes that Nix text lacks
  # come from JSON, so only ASCII (1..127) is covered this way.
  ascii = lib.genList (
    i:
    let
      hex = lib.fixedWidthString 4 "0" (lib.toHexString (i + 1));
    in
    builtins.fromJSON ''"\u${hex}"''
  ) 127;
  codes = builtins.listToAttrs (
    lib.imap1 (value: name: { inherit name value; }) ascii
  );
in
rec {
  lowerChars = stringToList "abcdefghijklmnopqrstuvwxyz";
  upperChars = stringToList "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  stringToList = text: lib.genList (i: substring i 1 text) (stringLength text);

  # asciiTable :: { character = int; }
  asciiTable = codes;

  # charToInt :: character -> int
  charToInt = c: codes.${c} or (throw "charToInt: '${c}' is not one ASCII character");

  # toLower, toUpper :: string -> string
  toLower = replaceStrings upperChars lowerChars;
  toUpper = replaceStrings lowerChars upperChars;

  # toSentenceCase :: string -> string
  # First character in upper case, all others in lower case.
  toSentenceCase =
    text:
    if !(builtins.isString text) then
      throw "toSentenceCase: expected a string, but got ${builtins.typeOf text}"
    else
      toUpper (substring 0 1 text) + toLower (substring 1 (-1) text);

  # toCamelCase :: string -> string
  # Joins words separated by spaces, dashes, underscores or case changes.
  toCamelCase =
    text:
    let
      isSeparator = c: builtins.elem c [ "-" "_" " " ];
      isUpper = c: c != toLower c;
      words = builtins.filter (w: w != "") (
        builtins.concatMap (lib.splitStringBy (before: c: isUpper c && before != "" && !isUpper before) true) (
          lib.splitStringBy (_: isSeparator) false text
        )
      );
      first = builtins.head words;
      rest = map (w: toUpper (substring 0 1 w) + toLower (substring 1 (-1) w)) (builtins.tail words);
    in
    if !(builtins.isString text) then
      throw "toCamelCase: expected a string, but got ${builtins.typeOf text}"
    else if words == [ ] then
      ""
    else
      builtins.concatStringsSep "" ([ (toLower first) ] ++ rest);

  # replaceChars :: [ string ] -> [ string ] -> string -> string
  # The earlier name of builtins.replaceStrings.
  replaceChars = replaceStrings;

  # replaceString :: from -> to -> string -> string
  replaceString = from: to: replaceStrings [ from ] [ to ];
}
