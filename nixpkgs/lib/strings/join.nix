# Putting strings together: concatenation, padding, repetition, search paths.
{ lib }:
let
  inherit (builtins)
    attrValues
    concatStringsSep
    elemAt
    filter
    genList
    length
    mapAttrs
    stringLength
    ;
in
rec {
  inherit concatStringsSep;

  # concatStrings :: [ string ] -> string
  concatStrings = concatStringsSep "";

  # join :: separator -> [ string ] -> string
  join = concatStringsSep;

  # concatMapStrings :: (a -> string) -> [ a ] -> string
  concatMapStrings = f: list: concatStringsSep "" (map f list);

  # concatMapStringsSep :: separator -> (a -> string) -> [ a ] -> string
  concatMapStringsSep =
    separator: f: list:
    concatStringsSep separator (map f list);

  # concatImapStrings :: (int -> a -> string) -> [ a ] -> string
  # Positions count from 1.
  concatImapStrings = concatImapStringsSep "";

  # concatImapStringsSep :: separator -> (int -> a -> string) -> [ a ] -> string
  concatImapStringsSep =
    separator: f: list:
    concatStringsSep separator (genList (i: f (i + 1) (elemAt list i)) (length list));

  # concatMapAttrsStringSep :: separator -> (name -> value -> string) -> set -> string
  concatMapAttrsStringSep =
    separator: f: set:
    concatStringsSep separator (attrValues (mapAttrs f set));

  # concatLines :: [ string ] -> string
  # Ends every line, the last one too, with a newline.
  concatLines = concatMapStrings (line: line + "\n");

  # intersperse :: a -> [ a ] -> [ a ]
  intersperse =
    separator: list:
    let
      n = length list;
    in
    if n < 2 then
      list
    else
      genList (i: if lib.mod i 2 == 0 then elemAt list (i / 2) else separator) (2 * n - 1);

  # replicate :: int -> string -> string
  replicate = n: text: concatStringsSep "" (genList (_: text) n);

  # optionalString :: bool -> string -> string
  optionalString = cond: text: if cond then text else "";

  # fixedWidthString :: width -> filler -> string -> string
  # Fills on the left up to the width; a longer text is an error.
  fixedWidthString =
    width: filler: text:
    let
      missing = width - stringLength text;
    in
    if missing < 0 then
      throw "fixedWidthString: \"${text}\" is longer than ${toString width} bytes"
    else if missing == 0 then
      text
    else
      builtins.substring 0 missing (replicate missing filler) + text;

  # fixedWidthNumber :: width -> number -> string
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);

  # makeSearchPath :: directory -> [ package or path ] -> string
  # The directory inside each of the paths, separated by colons.
  makeSearchPath =
    directory: paths:
    concatMapStringsSep ":" (path: path + "/" + directory) (filter (path: path != null) paths);

  # makeSearchPathOutput :: output -> directory -> [ package ] -> string
  makeSearchPathOutput =
    output: directory: packages:
    makeSearchPath directory (map (lib.getOutput output) packages);

  makeLibraryPath =
    packages:
    makeSearchPath "lib" (map (p: if p == null then null else lib.getLib p) packages);
  makeIncludePath =
    packages:
    makeSearchPath "include" (map (p: if p == null then null else lib.getInclude p) packages);
  makeBinPath = makeSearchPathOutput "bin" "bin";

  # normalizePath :: string -> string
  # Removes doubled slashes.
  normalizePath =
    text:
    let
      parts = builtins.split "/+" text;
    in
    concatMapStrings (part: if builtins.isList part then "/" else part) parts;
}
