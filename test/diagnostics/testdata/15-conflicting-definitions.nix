let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { options.name = lib.mkOption { type = lib.types.str; }; }
    { name = "a"; }
    { name = "b"; }
  ];
}).config.name
