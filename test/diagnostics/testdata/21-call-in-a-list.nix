let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { options.names = lib.mkOption { type = lib.types.listOf lib.types.str; }; }
    { names = [ lib.toUpper "a" ]; }
  ];
}).config.names
