let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { _file = "/one.nix"; options.x = mkOption { default = 1; }; }
    { _file = "/two.nix"; options.x = mkOption { default = 2; }; }
  ];
}).config.x
