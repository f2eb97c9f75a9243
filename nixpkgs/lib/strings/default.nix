# Strings: joining and splitting, character classes, quoting for other
# languages, numbers as text, search paths, and edit distance.
{ lib }:
{
  inherit (builtins)
    compareVersions
    elem
    elemAt
    filter
    fromJSON
    fromTOML
    genList
    hashString
    head
    isInt
    isList
    isAttrs
    isPath
    isString
    match
    parseDrvName
    readFile
    replaceStrings
    split
    storeDir
    stringLength
    substring
    tail
    toJSON
    typeOf
    unsafeDiscardStringContext
    baseNameOf
    dirOf
    ;
}
// import ./join.nix { inherit lib; }
// import ./match.nix { inherit lib; }
// import ./characters.nix { inherit lib; }
// import ./escape.nix { inherit lib; }
// import ./convert.nix { inherit lib; }
// import ./distance.nix { inherit lib; }
// import ./build.nix { inherit lib; }
