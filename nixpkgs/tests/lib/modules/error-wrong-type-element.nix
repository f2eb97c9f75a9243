let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.names = mkOption { type = types.listOf types.str; }; }
    { names = [ "a" 1 ]; }
  ];
}).config.names
