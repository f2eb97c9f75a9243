# Evaluations made from other evaluations.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  base = lib.evalModules {
    modules = [ ({ config, ... }: { options.x = mkOption { type = types.int; default = 1; }; options.y = mkOption { default = config.x + 1; }; }) ];
    specialArgs.a = "a";
  };
  extended = base.extendModules { modules = [ { x = 10; } ]; };
  again = extended.extendModules { modules = [ ({ a, b, ... }: { options.z = mkOption { default = a + b; }; }) ]; specialArgs.b = "b"; };
  variant = lib.evalModules {
    modules = [
      ({ extendModules, ... }: {
        options.name = mkOption { type = types.str; default = "plain"; };
        options.test = mkOption { inherit (extendModules { modules = [ { name = lib.mkForce "test"; } ]; }) type; default = { }; visible = "shallow"; };
      })
    ];
  };
  asType = lib.evalModules {
    modules = [ { options.inner = mkOption { type = types.attrsOf base.type; }; } { inner.one.x = 3; } { inner.two = { }; } ];
  };
  moduleType = lib.evalModules { modules = [ ({ moduleType, ... }: { options.k = mkOption { default = moduleType.name; }; }) ]; };
in
{
  base = base.config;
  extended = extended.config;
  again = again.config;
  variant = variant.config.test.name;
  asType = asType.config;
  moduleType = moduleType.config.k;
  checkOff = (lib.evalModules { check = false; modules = [ { unknown = 1; } ]; }).config;
  checkOffInside = (lib.evalModules { modules = [ { config._module.check = false; config.unknown = 1; } ]; }).config;
  class = (lib.evalModules { class = "a"; modules = [ { _class = "a"; options.x = mkOption { default = 1; }; } ]; }).class;
}
