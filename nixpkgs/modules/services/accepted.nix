# Services of a computer that a machine does without: their switches are
# accepted, so that shared configurations evaluate.
{ lib, ... }:
let
  inherit (lib) mkOption types;

  accepted =
    reason:
    mkOption {
      type = types.attrsOf types.anything;
      default = { };
      description = "Accepted: ${reason}.";
    };
in
{
  options.services = {
    timesyncd = accepted "a machine has no clock of its own";
    chrony = accepted "a machine has no clock of its own";
    ntp = accepted "a machine has no clock of its own";
    udev = accepted "a machine has no devices of its own";
    getty = accepted "a machine has no console";
    xserver = accepted "a machine has no screen";
    displayManager = accepted "a machine has no screen";
    libinput = accepted "a machine has no devices of its own";
    pipewire = accepted "a machine has no devices of its own";
    printing = accepted "a machine has no devices of its own";
    fstrim = accepted "a machine has no disks";
    smartd = accepted "a machine has no disks";
    lvm = accepted "a machine has no disks";
    fwupd = accepted "a machine has no hardware of its own";
    qemuGuest = accepted "a machine is not emulated";
    cloud-init = accepted "a machine is configured from outside";
    logrotate = accepted "logs are in the journal";
    nscd = accepted "names are looked up without a cache";
  };
}
