# One option declared in several places.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  eval = modules: (lib.evalModules { inherit modules; }).config;
in
{
  enum = (eval [ { options.e = mkOption { type = types.enum [ "a" ]; }; } { options.e = mkOption { type = types.enum [ "b" ]; }; config.e = "b"; } ]).e;
  listOfEnum = (eval [ { options.e = mkOption { type = types.listOf (types.enum [ "a" ]); }; } { options.e = mkOption { type = types.listOf (types.enum [ "b" ]); }; } { e = [ "a" "b" ]; } ]).e;
  parts = (eval [ { options.e = mkOption { type = types.int; default = 3; }; } { options.e = mkOption { type = types.int; description = "E."; }; } ]).e;
  untyped = (eval [ { options.e = mkOption { default = 3; }; } { options.e = mkOption { description = "E."; }; } ]).e;
  submodules = (eval [
    { options.s = mkOption { type = types.attrsOf (types.submodule { options.a = mkOption { default = 1; }; }); default = { }; }; }
    { options.s = mkOption { type = types.attrsOf (types.submodule { options.b = mkOption { default = 2; }; }); }; }
    { s.x.a = 5; }
  ]).s;
  groups = (eval [ { options.g.a = mkOption { default = 1; }; } { options.g.b = mkOption { default = 2; }; } ]).g;
  typeMerging = (lib.evalModules { modules = [ { options.e = mkOption { type = types.either types.int types.str; }; } { options.e = mkOption { type = types.either types.int types.str; }; } ]; }).options.e.type.description;
}
