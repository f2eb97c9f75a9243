let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [ ./parts/declares.nix ./parts/needs-argument.nix ];
  specialArgs.hostname = "x";
}).config.names
