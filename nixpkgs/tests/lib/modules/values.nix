# Definitions of one option: priorities, order, conditions, defaults.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types mkIf mkMerge mkForce mkDefault mkOverride mkBefore mkAfter mkOrder;
  option = type: mkOption { inherit type; };
in
(lib.evalModules {
  modules = [
    {
      options = {
        plain = option types.int;
        default = mkOption { type = types.int; default = 1; };
        dependent = mkOption { type = types.int; };
        list = option (types.listOf types.int);
        forced = option types.int;
        lines = option types.lines;
        merged = option (types.attrsOf types.int);
        applied = mkOption { type = types.int; apply = x: "applied ${toString x}"; };
        whole = option (types.listOf types.str);
        gone = mkOption { type = types.nullOr types.int; default = null; };
        group.inner = option types.int;
        untyped = mkOption { };
      };
    }
    ({ config, ... }: {
      plain = 1;
      dependent = config.default + 1;
      list = [ 1 ];
      forced = mkForce 1;
      lines = "a";
      merged = { a = 1; c = mkDefault 1; };
      applied = 5;
      whole = [ "middle" ];
      gone = mkIf false 3;
      group = mkIf config.group_condition { inner = 7; };
      untyped = { a = 1; };
    })
    {
      options.group_condition = mkOption { default = true; };
      config.list = mkOrder 400 [ 0 ];
      config.forced = 2;
      config.lines = mkBefore "first";
      config.merged = mkMerge [ { b = 2; } (mkIf true { c = 3; }) (mkIf false { d = 4; }) ];
      config.whole = mkAfter [ "last" ];
      config.untyped.b = 2;
    }
    (mkIf true { whole = mkBefore [ "first" ]; })
    (mkMerge [ { list = mkAfter [ 9 ]; } (mkForce { default = 10; }) (mkDefault { default = 11; }) ])
    { list = mkOverride 100 [ 5 ]; }
  ];
}).config
