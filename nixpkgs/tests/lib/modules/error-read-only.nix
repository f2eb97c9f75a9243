let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.name = mkOption { type = types.str; readOnly = true; default = "fixed"; }; }
    { name = "mine"; }
  ];
}).config.name
