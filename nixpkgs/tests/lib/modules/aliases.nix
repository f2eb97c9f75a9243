# Options under other names.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  machinery = {
    options.warnings = mkOption { type = types.listOf types.str; default = [ ]; };
    options.assertions = mkOption { type = types.listOf types.unspecified; default = [ ]; };
    options.new.name = mkOption { type = types.listOf types.str; default = [ ]; };
    options.number = mkOption { type = types.int; default = 0; };
    options.copy = mkOption { type = types.int; default = 0; };
  };
  config = modules: (lib.evalModules { modules = [ machinery ] ++ modules; }).config;
  failed = c: map (a: a.message) (lib.filter (a: !a.assertion) c.assertions);
in
{
  renamed =
    let
      c = config [ (lib.mkRenamedOptionModule [ "old" "name" ] [ "new" "name" ]) { _file = "/user.nix"; old.name = [ "x" ]; } { new.name = [ "y" ]; } ];
    in
    { inherit (c.new) name; inherit (c) warnings; };
  renamedUnused = (config [ (lib.mkRenamedOptionModule [ "old" "name" ] [ "new" "name" ]) ]).warnings;
  renamedPriority = (config [ (lib.mkRenamedOptionModule [ "old" ] [ "number" ]) { old = lib.mkForce 2; number = 1; } ]).number;
  renamedWith = (config [ (lib.mkRenamedOptionModuleWith { from = [ "old" ]; to = [ "number" ]; sinceRelease = 9911; }) { old = 3; } ]) // { assertions = [ ]; old = null; };
  alias =
    let
      c = config [ (lib.mkAliasOptionModule [ "short" ] [ "new" "name" ]) { short = [ "x" ]; } { new.name = lib.mkAfter [ "z" ]; } ];
    in
    { short = toString c.short; inherit (c) warnings; inherit (c.new) name; };
  removed =
    let
      c = config [ (lib.mkRemovedOptionModule [ "bad" ] "Use good instead.") { _file = "/user.nix"; bad = 1; } ];
    in
    failed c;
  removedUnused = failed (config [ (lib.mkRemovedOptionModule [ "bad" ] "Use good instead.") ]);
  changed =
    let
      c = config [ (lib.mkChangedOptionModule [ "text" ] [ "number" ] (cfg: lib.toInt cfg.text)) { _file = "/user.nix"; text = "7"; } ];
    in
    { inherit (c) number warnings; };
  merged =
    let
      c = config [ (lib.mkMergedOptionModule [ [ "a" ] [ "b" ] ] [ "number" ] (cfg: (if cfg.a == "_mkMergedOptionModule" then 0 else cfg.a) + cfg.b)) { _file = "/user.nix"; b = 7; } ];
    in
    { inherit (c) number warnings; };
  derived = (config [ ({ options, ... }: { copy = lib.mkDerivedConfig options.number (n: n + 1); }) { number = lib.mkForce 4; } { copy = 1; } ]).copy;
  definitions = (config [ ({ options, ... }: { copy = lib.mkAliasDefinitions options.number; }) { number = 4; } ]).copy;
  sink = (config [ { options.sink = lib.mkSinkUndeclaredOptions { }; } ]).number;
}
