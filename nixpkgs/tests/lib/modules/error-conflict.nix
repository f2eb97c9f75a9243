let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.name = mkOption { type = types.str; }; }
    { name = "a"; }
    { _file = "/other.nix"; name = "b"; }
  ];
}).config.name
