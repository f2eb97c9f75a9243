let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { options.services.web.port = lib.mkOption { type = lib.types.port; default = 80; }; }
    { services.web.port = "8080"; }
  ];
}).config.services.web.port
