let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.port = mkOption { type = types.port; }; }
    { port = lib.mkForce (lib.mkIf true 80); }
  ];
}).config.port
