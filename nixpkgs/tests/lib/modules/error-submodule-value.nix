let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.containers = mkOption { type = types.attrsOf (types.submodule { options.x = mkOption { }; }); }; }
    { containers.web = true; }
  ];
}).config.containers.web
