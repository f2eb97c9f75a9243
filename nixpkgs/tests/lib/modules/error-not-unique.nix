let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.name = mkOption { type = types.uniq types.lines; }; }
    { name = "a"; }
    { name = "b"; }
  ];
}).config.name
