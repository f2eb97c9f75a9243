let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.a = mkOption { type = types.int; }; options.b = mkOption { type = types.int; }; }
    ({ config, ... }: { a = config.b; b = config.a; })
  ];
}).config.a
