let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.extra = lib.mkEnableOption "more"; }
    ({ config, lib, ... }: { imports = lib.optional config.extra ./parts/plain.nix; })
  ];
}).config.extra
