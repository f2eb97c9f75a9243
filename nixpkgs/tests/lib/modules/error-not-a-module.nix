let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules { modules = [ { _file = "/one.nix"; imports = [ 1 ]; } ]; }).config
