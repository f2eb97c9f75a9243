let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [ { _file = "/one.nix"; options.x.y = "a string"; } ];
}).options.x.y
