# Looking at strings: prefixes, suffixes, splitting, trimming.
{ lib }:
let
  inherit (builtins)
    concatMap
    filter
    head
    isList
    isString
    match
    split
    stringLength
    substring
    ;

  # The functions below were often called with paths by mistake; a path would
  # be copied into the store, so the comparison could never be true.
  warnOnPath =
    name: prefix: text:
    lib.warnIf (builtins.isPath prefix)
      "lib.strings.${name}: the first argument (${toString prefix}) is a path, which never equals part of a string; convert it with toString, or use lib.path"
      text;

  blank = " \t\r\n";
in
rec {
  # hasPrefix :: prefix -> string -> bool
  hasPrefix =
    prefix: text:
    warnOnPath "hasPrefix" prefix (substring 0 (stringLength prefix) text == prefix);

  # hasSuffix :: suffix -> string -> bool
  hasSuffix =
    suffix: text:
    let
      n = stringLength text;
      m = stringLength suffix;
    in
    warnOnPath "hasSuffix" suffix (n >= m && substring (n - m) n text == suffix);

  # hasInfix :: infix -> string -> bool
  hasInfix =
    infix: text:
    warnOnPath "hasInfix" infix (builtins.replaceStrings [ infix ] [ "" ] "${text}" != "${text}" || infix == "");

  # removePrefix :: prefix -> string -> string
  removePrefix =
    prefix: text:
    warnOnPath "removePrefix" prefix (
      if substring 0 (stringLength prefix) text == prefix then
        substring (stringLength prefix) (-1) text
      else
        text
    );

  # removeSuffix :: suffix -> string -> string
  removeSuffix =
    suffix: text:
    let
      n = stringLength text - stringLength suffix;
    in
    warnOnPath "removeSuffix" suffix (
      if n >= 0 && substring n (-1) text == suffix then substring 0 n text else text
    );

  # commonPrefixLength, commonSuffixLength :: string -> string -> int
  commonPrefixLength =
    a: b:
    let
      end = lib.min (stringLength a) (stringLength b);
      go = i: if i < end && substring i 1 a == substring i 1 b then go (i + 1) else i;
    in
    go 0;
  commonSuffixLength =
    a: b:
    let
      m = stringLength a;
      n = stringLength b;
      end = lib.min m n;
      go = i: if i < end && substring (m - i - 1) 1 a == substring (n - i - 1) 1 b then go (i + 1) else i;
    in
    go 0;

  # splitString :: separator -> string -> [ string ]
  # The separator is plain text, not a pattern. The pieces keep the context of the whole.
  splitString =
    separator: text:
    let
      plain = builtins.unsafeDiscardStringContext (toString text);
      pieces = filter isString (split (lib.escapeRegex (toString separator)) plain);
    in
    map (lib.addContextFrom text) pieces;

  # splitStringBy :: (previous -> current -> bool) -> keepSplit -> string -> [ string ]
  # Splits where the predicate holds for two neighbouring characters; keepSplit
  # says whether the second of them begins the new piece or is dropped.
  splitStringBy =
    isSplit: keepSplit: text:
    let
      n = stringLength text;
      char = i: if i < 0 then "" else substring i 1 text;
      cuts = filter (i: isSplit (char (i - 1)) (char i)) (builtins.genList (i: i) n);
      starts = [ 0 ] ++ map (i: if keepSplit then i else i + 1) cuts;
      ends = cuts ++ [ n ];
    in
    if n == 0 then
      [ ]
    else
      lib.zipListsWith (start: end: substring start (end - start) text) starts ends;

  # stringToCharacters :: string -> [ string ]
  # One string for each byte.
  stringToCharacters = text: builtins.genList (i: substring i 1 text) (stringLength text);

  # stringAsChars :: (character -> string) -> string -> string
  stringAsChars = f: text: builtins.concatStringsSep "" (map f (stringToCharacters text));

  # trim :: string -> string
  # Without spaces, tabs and line ends on both sides.
  trim = trimWith {
    start = true;
    end = true;
  };

  # trimWith :: { start ? false; end ? false; } -> string -> string
  trimWith =
    {
      start ? false,
      end ? false,
    }:
    text:
    let
      both = match "[${blank}]*(.*[^${blank}])?[${blank}]*" text;
      left = match "[${blank}]*(.*)" text;
      right = match "(.*[^${blank}])?[${blank}]*" text;
      inner = found: if head found == null then "" else head found;
    in
    if start && end then
      inner both
    else if start then
      inner left
    else if end then
      inner right
    else
      text;

  # fileContents :: path -> string
  # The text of a file without one final newline.
  fileContents = file: removeSuffix "\n" (builtins.readFile file);

  # readPathsFromFile :: root -> file -> [ path ]
  # One relative path per line; empty lines and lines with # are left out.
  readPathsFromFile =
    root: file:
    let
      lines = filter (line: line != "" && !(hasPrefix "#" line)) (splitString "\n" (builtins.readFile file));
    in
    map (line: root + ("/" + removePrefix "/" line)) lines;
}
