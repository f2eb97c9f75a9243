# system.build.vm: a command that boots the system, as NixOS has it. Here it
# is a machine of berth's that goes when it is powered off.
{ config, pkgs, ... }:
let
  name = config.networking.hostName;
in
{
  system.build.vm = pkgs.writeTextFile {
    name = "nixos-vm-${name}";
    executable = true;
    destination = "/bin/run-${name}-vm";
    text = ''
      #!/bin/sh
      exec berth up --ephemeral --name ${name} ${config.system.build.toplevel} "$@"
    '';
  };
}
