let
  lib = import <nixpkgs/lib>;
in
(lib.evalModules {
  modules = [
    { options.port = lib.mkOption { type = lib.types.port; };
      options.url = lib.mkOption { type = lib.types.str; }; }
    ({ config, ... }: { url = "http://localhost:" + config.port; port = 80; })
  ];
}).config.url
