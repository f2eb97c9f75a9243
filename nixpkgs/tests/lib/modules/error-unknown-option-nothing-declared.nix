let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [ { _file = "/user.nix"; x = mkOption { }; } ];
}).config
