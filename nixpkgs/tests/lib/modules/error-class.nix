let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules { class = "nixos"; modules = [ { _file = "/home.nix"; _class = "homeManager"; } ]; }).config
