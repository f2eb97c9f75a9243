let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.services.postgresql.enable = lib.mkEnableOption "it"; }
    { services.postgresq.enable = true; }
  ];
}).config
