# Every option that configurations rely on is declared, and documented.
{
  lib,
  pkgs,
  entryPoints,
  ...
}:
let
  required = import ./required-options.nix;
  names = options: map (option: option.name) options;

  # Names of options as a set, so that looking them up is quick.
  set = list: lib.genAttrs list (_: true);
  missing = wanted: declared: lib.filter (name: !(set declared ? ${name})) wanted;

  system = entryPoints.optionList {
    inherit (pkgs) system;
    modules = [
      (pkgs.path + "/testing/machine.nix")
      (pkgs.path + "/testing/node.nix")
    ];
  };

  test = lib.optionAttrSetToDocList (entryPoints.evalTest { }).options;
in
{
  "the options of systems exist" = {
    value = missing (required.system ++ required.machine) (names system);
    expected = [ ];
  };
  "the options of tests exist" = {
    value = missing required.test (names test);
    expected = [ ];
  };
  "every option has a description" = {
    value = names (lib.filter (option: option.description == "") system);
    expected = [ ];
  };
  "the values of options can be shown" = {
    value = lib.all (option: builtins.isString (option.default or "")) system;
    expected = true;
  };
}
