let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { options.port = lib.mkOption { type = lib.types.port; }; }
  ];
}).config.port
