let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [ { _file = "/one.nix"; options.x = mkOption { }; services.y = 1; } ];
}).config
