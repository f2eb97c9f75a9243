# Strings.
{ lib }:
let
  inherit (builtins) concatStringsSep isString match;
  inherit (lib.options) getValues mergeEqualOption;
  inherit (lib.types) addCheck mkOptionType withIdentity;

  quoted = builtins.toJSON;
in
rec {
  str = mkOptionType {
    name = "str";
    description = "string";
    descriptionClass = "noun";
    check = isString;
    merge = mergeEqualOption;
  };

  # string :: type
  # The earlier name; definitions are concatenated.
  string = separatedString "" // {
    name = "string";
    deprecationMessage = "Use `types.str' for one value, or `types.lines' and its relatives where values are to be joined.";
  };

  # Something else than blanks.
  nonEmptyStr = mkOptionType {
    name = "nonEmptyStr";
    description = "non-empty string";
    descriptionClass = "noun";
    check = v: isString v && match "[ \t\n]*" v == null;
    inherit (str) merge;
  };

  # One line; a newline at its end is allowed and dropped.
  singleLineStr =
    let
      oneLine = v: isString v && match "[^\n\r]*\n?" v != null;
    in
    mkOptionType {
      name = "singleLineStr";
      description = "(optionally newline-terminated) single-line string";
      descriptionClass = "noun";
      check = oneLine;
      merge = loc: defs: lib.removeSuffix "\n" (str.merge loc defs);
    };

  # strMatching :: pattern -> type
  strMatching =
    pattern:
    mkOptionType {
      name = "strMatching ${lib.escapeNixString pattern}";
      description = "string matching the pattern ${pattern}";
      descriptionClass = "noun";
      check = v: isString v && match pattern v != null;
      inherit (str) merge;
      functor = lib.types.defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    };

  # separatedString :: separator -> type
  # All definitions, joined.
  separatedString =
    separator:
    mkOptionType {
      name = "separatedString";
      description = if separator == "" then "Concatenated string" else "strings concatenated with ${quoted separator}";
      descriptionClass = "noun";
      check = isString;
      merge = withIdentity (_: defs: concatStringsSep separator (getValues defs));
      functor = lib.types.defaultFunctor "separatedString" // {
        type = payload: separatedString payload.sep;
        payload.sep = separator;
        binOp = a: b: if a.sep == b.sep then a else null;
      };
    };

  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";

  # A field of /etc/passwd.
  passwdEntry =
    entryType:
    addCheck entryType (v: match "[^:\n]*" v != null)
    // {
      name = "passwdEntry ${entryType.name}";
      description = "${lib.types.phraseNoun entryType}, not containing newlines or colons";
      descriptionClass = "nonRestrictiveClause";
    };
}
