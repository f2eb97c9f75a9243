# Services of a computer that a machine does without: their switches are
# accepted, so that shared configurations evaluate.
{ lib, ... }:
let
  inherit (import ../declare.nix { inherit lib; }) accepted;
in
{
  options.services = lib.mapAttrs (_: reason: accepted "Accepted: ${reason}.") {
    timesyncd = "a machine has no clock of its own";
    chrony = "a machine has no clock of its own";
    ntp = "a machine has no clock of its own";
    udev = "a machine has no devices of its own";
    getty = "a machine has no console";
    xserver = "a machine has no screen";
    displayManager = "a machine has no screen";
    libinput = "a machine has no devices of its own";
    pipewire = "a machine has no devices of its own";
    printing = "a machine has no devices of its own";
    fstrim = "a machine has no disks";
    smartd = "a machine has no disks";
    lvm = "a machine has no disks";
    fwupd = "a machine has no hardware of its own";
    qemuGuest = "a machine is not emulated";
    cloud-init = "a machine is configured from outside";
    logrotate = "logs are in the journal";
    nscd = "names are looked up without a cache";
  };
}
