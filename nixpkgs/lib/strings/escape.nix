# Quoting: for the shell, URLs, regular expressions, C strings, Nix and XML.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    isList
    isString
    mapAttrs
    match
    replaceStrings
    substring
    ;

  unreserved = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  reserved = builtins.removeAttrs lib.strings.asciiTable unreserved;
  hexCode = width: c: lib.fixedWidthString width "0" (lib.toHexString (lib.charToInt c));

  keywords = [ "assert" "else" "if" "in" "inherit" "let" "or" "rec" "then" "with" ];
in
rec {
  # escape :: [ character ] -> string -> string
  # A backslash before each of the listed characters.
  escape = list: replaceStrings list (map (c: "\\${c}") list);

  # escapeC :: [ character ] -> string -> string
  # Each of the listed characters as \xNN.
  escapeC = list: replaceStrings list (map (c: "\\x${lib.toLower (hexCode 2 c)}") list);

  # escapeURL :: string -> string
  # Percent encoding of everything outside the unreserved characters of RFC 3986.
  escapeURL =
    let
      names = builtins.attrNames reserved;
    in
    replaceStrings names (map (c: "%" + hexCode 2 c) names);

  # escapeShellArg :: stringLike -> string
  # One word for a POSIX shell, in single quotes unless it needs none.
  escapeShellArg =
    value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text == null then
      "'${replaceStrings [ "'" ] [ "'\\''" ] text}'"
    else
      text;

  # escapeShellArgs :: [ stringLike ] -> string
  escapeShellArgs = lib.concatMapStringsSep " " escapeShellArg;

  # isValidPosixName :: string -> bool
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;

  # toShellVar :: name -> (stringLike | [ stringLike ] | { name = stringLike; }) -> string
  # An assignment; lists become arrays and sets associative arrays of bash.
  toShellVar =
    name: value:
    let
      entries = lib.mapAttrsToList (key: v: "[${escapeShellArg key}]=${escapeShellArg v}") value;
      body =
        if builtins.isAttrs value && !(lib.isStringLike value) then
          "declare -A ${name}=(${concatStringsSep " " entries})"
        else if isList value then
          "declare -a ${name}=(${escapeShellArgs value})"
        else
          "${name}=${escapeShellArg value}";
    in
    lib.throwIfNot (isValidPosixName name) "toShellVar: ${name} is not a valid shell variable name" body;

  # toShellVars :: { name = value; } -> string
  # One assignment per line.
  toShellVars = vars: concatStringsSep "\n" (lib.mapAttrsToList toShellVar vars);

  # escapeNixString :: string -> string
  # A string literal of the Nix language.
  escapeNixString = text: replaceStrings [ "$" ] [ "\\$" ] (builtins.toJSON text);

  # escapeRegex :: string -> string
  # A pattern (POSIX extended) that matches exactly the text.
  escapeRegex = escape (lib.stringToCharacters "\\[{()^$?*+|.");

  # escapeNixIdentifier :: string -> string
  # The text as an attribute name, quoted where the language needs it.
  escapeNixIdentifier =
    text:
    if match "[a-zA-Z_][a-zA-Z0-9_'-]*" text != null && !(builtins.elem text keywords) then
      text
    else
      escapeNixString text;

  # escapeXML :: string -> string
  escapeXML = replaceStrings [ "\"" "'" "<" ">" "&" ] [ "&quot;" "&apos;" "&lt;" "&gt;" "&amp;" ];
}
