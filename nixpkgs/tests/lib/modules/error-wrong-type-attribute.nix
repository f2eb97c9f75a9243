let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.env = mkOption { type = types.attrsOf types.str; }; }
    { env = { a = "b"; c = 1; }; }
  ];
}).config.env.c
