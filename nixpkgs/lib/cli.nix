# Command lines from attribute sets.
{ lib }:
let
  inherit (builtins) isBool isList stringLength;
in
rec {
  # toGNUCommandLineShell :: options -> { name = value; } -> string
  # The arguments quoted for a shell.
  toGNUCommandLineShell = options: attrs: lib.escapeShellArgs (toGNUCommandLine options attrs);

  # toGNUCommandLine :: { mkOptionName ? ; mkBool ? ; mkList ? ; mkOption ? ; optionValueSeparator ? null; } -> { name = value; } -> [ string ]
  # true is a bare option, false and null are nothing, lists repeat the option.
  toGNUCommandLine =
    {
      mkOptionName ? (name: if stringLength name == 1 then "-${name}" else "--${name}"),
      mkBool ? (name: v: lib.optional v (mkOptionName name)),
      mkList ? (name: v: lib.concatMap (mkOption name) v),
      mkOption ? (
        name: v:
        let
          text = lib.generators.mkValueStringDefault { } v;
        in
        if v == null then
          [ ]
        else if optionValueSeparator == null then
          [ (mkOptionName name) text ]
        else
          [ "${mkOptionName name}${optionValueSeparator}${text}" ]
      ),
      optionValueSeparator ? null,
    }:
    attrs:
    let
      render =
        name: v:
        if isBool v then
          mkBool name v
        else if isList v then
          mkList name v
        else
          mkOption name v;
    in
    lib.concatLists (lib.mapAttrsToList render attrs);

  # toCommandLine :: (name -> { option; sep; explicitBool; formatArg ? ; }) -> { name = value; } -> [ string ]
  # The format of each option is decided by its name. A null separator makes
  # option and value two arguments.
  toCommandLine =
    optionFormat: attrs:
    let
      render =
        name: v:
        let
          format = optionFormat name;
          formatArg = format.formatArg or (lib.generators.mkValueStringDefault { });
          withValue =
            if format.sep == null then
              [ format.option (formatArg v) ]
            else
              [ "${format.option}${format.sep}${formatArg v}" ];
        in
        if v == null || (v == false && !format.explicitBool) then
          [ ]
        else if v == true && !format.explicitBool then
          [ format.option ]
        else if isList v then
          lib.concatMap (render name) v
        else
          withValue;
    in
    lib.concatLists (lib.mapAttrsToList render attrs);

  # toCommandLineShell :: format -> { name = value; } -> string
  toCommandLineShell = optionFormat: attrs: lib.escapeShellArgs (toCommandLine optionFormat attrs);

  # toCommandLineGNU :: { isLong ? ; explicitBool ? ; formatArg ? ; } -> { name = value; } -> [ string ]
  toCommandLineGNU =
    {
      isLong ? (name: stringLength name > 1),
      explicitBool ? false,
      formatArg ? lib.generators.mkValueStringDefault { },
    }:
    toCommandLine (
      name: {
        option = if isLong name then "--${name}" else "-${name}";
        sep = if isLong name then "=" else "";
        inherit explicitBool formatArg;
      }
    );

  # toCommandLineShellGNU :: { ... } -> { name = value; } -> string
  toCommandLineShellGNU = options: attrs: lib.escapeShellArgs (toCommandLineGNU options attrs);
}
