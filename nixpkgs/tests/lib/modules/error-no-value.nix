let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [ { options.services.web.name = mkOption { type = types.str; }; } ];
}).config.services.web.name
