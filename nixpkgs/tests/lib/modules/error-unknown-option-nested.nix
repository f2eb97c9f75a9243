let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.services.postgresql = { enable = lib.mkEnableOption "it"; port = mkOption { type = types.port; }; }; }
    {
      services.postgresql.prot = 1;
      services.nginx = { };
    }
  ];
}).config
