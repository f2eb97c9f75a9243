let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.containers = mkOption { type = types.attrsOf (types.submodule { options.autoStart = mkOption { type = types.bool; }; }); }; }
    { containers.web.autostart = true; }
  ];
}).config.containers.web.autoStart
