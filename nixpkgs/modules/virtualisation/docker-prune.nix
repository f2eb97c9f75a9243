# What docker and podman have in common about throwing away what is unused: the
# options, and the service with its timer.
{ lib }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag strings;
in
{
  options = command: {
    enable = flag false "Whether what no container uses is removed now and then.";
    flags = strings "Further arguments of ${command}." // {
      example = [ "--all" ];
    };
    dates = mkOption {
      type = types.either types.singleLineStr (types.listOf types.str);
      default = "weekly";
      description = "When that happens, as systemd.time(7) writes it.";
    };
  };

  units =
    {
      name,
      command,
      flags,
      dates,
      timer,
      after ? [ ],
      requires ? [ ],
    }:
    {
      systemd.services.${name} = {
        description = "Remove what no container uses";
        restartIfChanged = false;
        unitConfig.X-StopOnRemoval = false;
        inherit after requires;
        startAt = dates;
        serviceConfig.Type = "oneshot";
        script = lib.escapeShellArgs (lib.splitString " " command ++ flags);
      };
      systemd.timers.${name}.timerConfig = timer;
    };
}
