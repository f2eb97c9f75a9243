# What a machine needs to boot and to be driven, besides what its
# configuration asks for: Debian's Essential packages, the service manager,
# addresses and the packet filter. None of its programs are linked anywhere.
{ debian, mkDebianPackage }:
{
  machineBase = mkDebianPackage {
    pname = "machine-base";
    inherit (debian) version;
    debianPackages =
      debian.essential
      ++ [
        "systemd"
        "systemd-sysv"
        "dbus"
        "iproute2"
        "nftables"
        "netbase"
        "ca-certificates"
        "login"
        "passwd"
        "procps"
      ];
    main = [ ];
  };
}
