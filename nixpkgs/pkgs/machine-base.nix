# Packages that machines have whatever their configuration asks for. None of
# their programs are linked anywhere.
{ debian, mkDebianPackage }:
{
  # To boot and to be driven: Debian's Essential packages, the service manager,
  # addresses and the packet filter.
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

  # For sessions and the service managers of users.
  loginBase = mkDebianPackage {
    pname = "login-base";
    inherit (debian) version;
    debianPackages = [
      "libpam-systemd"
      "dbus-user-session"
    ];
    main = [ ];
  };
}
