let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.port = mkOption { type = types.nullOr types.port; }; }
    { _file = "/one.nix"; port = null; }
    { _file = "/two.nix"; port = 80; }
  ];
}).config.port
