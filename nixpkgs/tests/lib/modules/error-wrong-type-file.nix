let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules { modules = [ ./parts/wrong.nix ]; }).config.enable
