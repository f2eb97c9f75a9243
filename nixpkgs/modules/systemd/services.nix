# systemd.services and the environment they share.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption;
  unitTypes = import ./types.nix { inherit lib; };
  kinds = import ./kinds.nix { inherit lib pkgs; };
  cfg = config.systemd;
in
{
  options.systemd = {
    services = mkOption {
      type = kinds.service.type;
      default = { };
      description = "Service units, by name without suffix.";
    };

    globalEnvironment = mkOption {
      type = unitTypes.environmentType;
      default = { };
      example = {
        TZ = "CET";
      };
      description = "Variables of all services.";
    };

    enableStrictShellChecks = mkOption {
      type = lib.types.bool;
      default = false;
      description = "The default of enableStrictShellChecks of all services.";
    };
  };

  config = {
    systemd.timers = kinds.timersOf cfg.services;
    system.description.units = kinds.describeAll "service" (kinds.service.describe cfg.globalEnvironment) cfg.services;
  };
}
