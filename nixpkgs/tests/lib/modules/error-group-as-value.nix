let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.services.web.enable = lib.mkEnableOption "it"; }
    { services.web = true; }
  ];
}).config.services.web.enable
