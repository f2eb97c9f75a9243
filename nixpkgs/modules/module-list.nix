# The modules of every system, by subject.
[
  ./system/assertions.nix
  ./system/build.nix
  ./system/nixpkgs.nix
  ./system/state-version.nix
  ./system/activation.nix
  ./system/etc.nix
  ./system/packages.nix
  ./system/shell-environment.nix
  ./system/users.nix
  ./system/boot.nix
  ./system/file-systems.nix
  ./system/locale.nix
  ./system/documentation.nix
  ./system/nix.nix

  ./systemd/manager.nix
  ./systemd/services.nix
  ./systemd/units.nix
  ./systemd/mounts.nix
  ./systemd/user.nix
  ./systemd/tmpfiles.nix
  ./systemd/login.nix

  ./networking/names.nix
  ./networking/interfaces.nix
  ./networking/firewall.nix
  ./networking/nat.nix

  ./security/privileges.nix
  ./security/certificates.nix

  ./services/postgresql.nix
  ./services/openssh.nix
  ./services/redis.nix
  ./services/nginx.nix
  ./services/accepted.nix

  ./programs/programs.nix

  ./virtualisation/containers.nix
  ./virtualisation/containers-storage.nix
  ./virtualisation/docker.nix
  ./virtualisation/docker-rootless.nix
  ./virtualisation/podman.nix
  ./virtualisation/oci-containers.nix
]
