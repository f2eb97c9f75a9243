# Where modules come from: files, functions, lists, keys; and how they are left out.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  eval = modules: (lib.evalModules { inherit modules; }).config;
  base = { options.n = mkOption { type = types.listOf types.str; default = [ ]; }; };
  keyed = { key = "mine"; n = [ "keyed" ]; };
in
{
  files = eval [ ./parts/defines.nix ./parts/plain.nix ];
  twice = eval [ ./parts/defines.nix ./parts/declares.nix ./parts/defines.nix ];
  text = eval [ (toString ./parts/defines.nix) ];
  # Imported modules come before their importers, later ones before earlier ones.
  order = (eval [
    base
    { n = [ "a" ]; imports = [ { n = [ "a1" ]; } { n = [ "a2" ]; imports = [ { n = [ "a2x" ]; } ]; } ]; }
    { n = [ "b" ]; }
  ]).n;
  list = (eval [ base [ { n = [ "x" ]; } { n = [ "y" ]; } ] ]).n;
  keys = (eval [ base keyed { imports = [ keyed ]; } ]).n;
  functor = (eval [ base { __functor = _: { ... }: { n = [ "functor" ]; }; } ]).n;
  function = (eval [ base (args: { n = [ (if args ? lib then "called" else "no lib") ]; }) ]).n;
  disabled = (eval [ ./parts/declares.nix ./parts/plain.nix { disabledModules = [ ./parts/plain.nix ]; names = [ "kept" ]; } ]).names;
  disabledKey = (eval [ base keyed { disabledModules = [ { key = "mine"; } ]; } ]).n;
  disabledByName = (lib.evalModules {
    modules = [ ./parts/declares.nix ./parts/plain.nix { disabledModules = [ "plain.nix" ]; } ];
    specialArgs.modulesPath = toString ./parts;
  }).config.names;
  disabledNested = (eval [ base { imports = [ { key = "outer"; imports = [ keyed ]; } ]; } { disabledModules = [ { key = "outer"; } ]; } ]).n;
  require = (eval [ base { require = [ { n = [ "required" ]; } ]; } ]).n;
  importApply = (eval [ base (lib.importApply ./parts/apply.nix { name = "applied"; }) ]).n;
}
