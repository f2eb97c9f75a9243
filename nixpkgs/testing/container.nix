# Options of `containers` that `nodes` do not have.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.virtualisation = {
    cmdline = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted and not used.";
    };
    rootDir = mkOption {
      type = types.str;
      default = "";
      description = "Accepted: berth chooses where roots are.";
    };
    systemd-nspawn.options = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted: berth starts the machine itself.";
    };
  };

  config.boot.isContainer = lib.mkDefault true;
}
