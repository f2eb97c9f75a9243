# Configurations that take undeclared attributes of one type.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  eval = modules: (lib.evalModules { inherit modules; }).config;
in
{
  top = eval [ { freeformType = types.attrsOf types.int; options.known = mkOption { type = types.str; default = "k"; }; } { other = 1; } { other2 = lib.mkIf true 2; gone = lib.mkIf false 3; } ];
  byModuleOption = eval [ { config._module.freeformType = types.attrsOf types.int; } { a = 1; } ];
  lazy = eval [ ({ config, ... }: { freeformType = types.lazyAttrsOf types.int; a = config.b + 1; b = 1; }) ];
  nested = eval [ { freeformType = types.attrsOf types.anything; options.group.known = mkOption { default = 1; }; } { group.unknown = 2; deep.er = 3; } ];
  settings = (eval [
    {
      options.settings = mkOption {
        default = { };
        type = types.submodule { freeformType = types.attrsOf (types.listOf types.str); options.port = mkOption { type = types.port; default = 80; }; };
      };
    }
    { settings.a = [ "x" ]; }
    { settings.a = lib.mkBefore [ "w" ]; settings.port = 81; }
  ]).settings;
  empty = eval [ { freeformType = types.attrsOf types.int; } ];
  # Two modules may set the type as long as they agree in kind.
  both = eval [ { freeformType = types.attrsOf (types.enum [ "a" ]); x = "a"; } { freeformType = types.attrsOf (types.enum [ "b" ]); y = "b"; } ];
}
