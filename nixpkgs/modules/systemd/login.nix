# What sessions and per-user service managers need. A machine in which nobody
# logs in does without, and boots faster.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  options.systemd.needsLogin = lib.mkOption {
    type = lib.types.bool;
    default = false;
    internal = true;
    description = "Whether the system has sessions, with logind and the system bus.";
  };

  config = lib.mkIf config.systemd.needsLogin {
    environment.corePackages = [ pkgs.loginBase ];
    system.description.needsLogin = true;
  };
}
