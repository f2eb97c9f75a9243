# systemd.user.*: units of the per-user service managers.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  unitTypes = import ./types.nix { inherit lib; };
  kinds = import ./kinds.nix { inherit lib pkgs; };
  cfg = config.systemd.user;

  plural = {
    services = "service";
    sockets = "socket";
    timers = "timer";
    targets = "target";
    paths = "path";
    slices = "slice";
  };

  describe =
    kind:
    if kind == "service" then
      kinds.service.describe (config.systemd.globalEnvironment // cfg.globalEnvironment)
    else
      kinds.${kind}.describe null;

  units = lib.concatMapAttrs (set: kind: kinds.describeAll kind (describe kind) cfg.${set}) plural;
in
{
  options.systemd.user =
    lib.mapAttrs (
      _: kind:
      mkOption {
        type = kinds.${kind}.type;
        default = { };
        description = "Units of kind ${kind} of every user, by name without suffix.";
      }
    ) plural
    // {
      globalEnvironment = mkOption {
        type = unitTypes.environmentType;
        default = { };
        description = "Variables of all services of users.";
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines of the users' manager configuration.";
      };
      tmpfiles.rules = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Lines of tmpfiles.d for every user.";
      };
    };

  config = {
    systemd.user.timers = kinds.timersOf cfg.services;
    environment.etc =
      lib.optionalAttrs (cfg.extraConfig != "") {
        "systemd/user.conf.d/50-nixos.conf".text = "[Manager]\n${cfg.extraConfig}";
      }
      // lib.optionalAttrs (cfg.tmpfiles.rules != [ ]) {
        "xdg/user-tmpfiles.d/00-nixos.conf".text = lib.concatLines cfg.tmpfiles.rules;
      };
    systemd.needsLogin = lib.mkIf (units != { }) true;
    system.description = lib.optionalAttrs (units != { }) { userUnits = units; };
  };
}
