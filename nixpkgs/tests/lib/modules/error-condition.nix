let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.port = mkOption { type = types.port; }; }
    { port = lib.mkIf "yes" 80; }
  ];
}).config.port
