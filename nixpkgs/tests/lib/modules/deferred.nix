# Modules as values.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  outer = lib.evalModules {
    modules = [
      {
        options.default = mkOption { type = types.deferredModule; default = { }; };
        options.static = mkOption { type = types.deferredModuleWith { staticModules = [ { options.s = mkOption { default = "static"; }; } ]; }; };
        options.nodes = mkOption { type = types.lazyAttrsOf (types.deferredModule); };
      }
      { default = { options.x = mkOption { type = types.int; }; }; nodes.a = { x = 1; }; static = { }; }
      { default = ({ name, ... }: { options.n = mkOption { default = name; }; }); nodes.b = { lib, ... }: { x = lib.mkForce 3; }; }
    ];
  };
  inherit (outer) config;
  instance = name: module: (lib.evalModules { modules = [ config.default module { _module.args = { inherit name; }; } ]; }).config;
in
{
  nodes = lib.mapAttrs instance config.nodes;
  static = (lib.evalModules { modules = [ config.static ]; }).config;
}
