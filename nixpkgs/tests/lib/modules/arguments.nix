# What module functions are called with.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  out = { options.out = mkOption { type = types.attrsOf types.raw; }; };
  eval = args: (lib.evalModules args).config;
in
{
  special = (eval { modules = [ out ({ color, ... }: { out = { inherit color; }; }) ]; specialArgs.color = "red"; }).out;
  # Special arguments may decide about imports.
  specialImports = (eval { modules = [ out ({ parts, ... }: { imports = parts; }) ]; specialArgs.parts = [ { out.x = 1; } ]; }).out;
  moduleArgs = (eval { modules = [ out ({ shape, ... }: { out = { inherit shape; }; }) { _module.args.shape = "round"; } ]; }).out;
  fromConfig = (eval { modules = [ out { options.x = mkOption { default = 4; }; } ({ double, ... }: { out = { inherit double; }; }) ({ config, ... }: { _module.args.double = config.x * 2; }) ]; }).out;
  legacy = (eval { modules = [ out ({ old, ... }: { out = { inherit old; }; }) ]; args.old = "way"; }).out;
  submoduleName = (eval {
    modules = [
      { options.subs = mkOption { type = types.attrsOf (types.submodule ({ name, ... }: { options.seen = mkOption { default = name; }; })); }; }
      { subs.plain = { }; subs.renamed = { _module.args.name = lib.mkForce "other"; }; }
    ];
  }).subs;
  submoduleArgs = (eval {
    modules = [
      { options.subs = mkOption { type = types.attrsOf (types.submodule [ ({ extra, ... }: { options.seen = mkOption { default = extra; }; }) { _module.args.extra = "given"; } ]); }; }
      { subs.x = { }; }
    ];
  }).subs;
  prefix = (lib.evalModules { prefix = [ "some" "where" ]; modules = [ out ({ _prefix, _class, ... }: { out = { prefix = _prefix; class = _class; }; }) ]; class = "nixos"; }).config.out;
  specialArgs = (eval { modules = [ out ({ specialArgs, ... }: { out = specialArgs; }) ]; specialArgs.a = 1; }).out;
  optionsArgument = (eval { modules = [ out { options.y = mkOption { type = types.int; }; } ({ options, ... }: { out = { defined = options.y.isDefined; loc = options.y.loc; }; }) ]; }).out;
}
