# What must not be evaluated.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  never = throw "evaluated";
  eval = modules: (lib.evalModules { inherit modules; }).config;
in
{
  otherOptions = (eval [ { options.a = mkOption { default = 1; }; options.b = mkOption { default = never; }; options.c = mkOption { type = types.int; }; } { b = never; } ]).a;
  overriddenDefault = (eval [ { options.a = mkOption { type = types.int; default = never; }; } { a = 1; } ]).a;
  overriddenValue = (eval [ { options.a = mkOption { type = types.int; }; } { a = lib.mkDefault never; } { a = 1; } ]).a;
  conditions = (eval [ { options.a = mkOption { default = 1; }; options.b = mkOption { }; } (lib.mkIf never { b = 1; }) ]).a;
  # A condition may depend on an option that the same module defines elsewhere.
  selfCondition = (eval [ ({ config, ... }: { options.enable = mkOption { default = false; }; options.x = mkOption { default = 0; }; config = lib.mkMerge [ { enable = true; } (lib.mkIf config.enable { x = 1; }) ]; }) ]).x;
  submoduleNames = lib.attrNames (eval [ { options.s = mkOption { type = types.attrsOf (types.submodule { options.x = mkOption { }; }); }; } { s.a.x = never; s.b = { }; } ]).s;
  lazyAttributes = (eval [ ({ config, ... }: { options.s = mkOption { type = types.lazyAttrsOf types.int; }; config.s = { a = config.s.b + 1; b = 1; }; }) ]).s.a;
  types = (eval [ { options.a = mkOption { default = 1; }; options.b = mkOption { type = never; default = 1; }; } ]).a;
  optionNames = lib.attrNames (removeAttrs (lib.evalModules { modules = [ { options.a = mkOption { type = never; default = never; }; } ]; }).options [ "_module" ]);
  appliedOnce = (eval [ ({ config, ... }: { options.a = mkOption { type = types.attrsOf types.int; apply = x: x // { sum = x.p + 1; }; }; config.a.p = 1; }) ]).a.sum;
}
