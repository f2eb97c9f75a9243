# The server: the API is an image built here, streamed into the engine without a
# registry and without an archive on the disk. The database is an ordinary
# service of the machine.
{ pkgs, ... }:
let
  # The one line to change for another engine: "docker", "podman" or "berth",
  # which is part of berth and needs nothing installed.
  backend = "berth";

  api = pkgs.callPackage ./api.nix { };
in
{
  networking.firewall.allowedTCPPorts = [ 3000 ];

  services.postgresql = {
    enable = true;
    initialScript = ./setup.sql;
  };

  virtualisation.oci-containers = {
    inherit backend;

    containers.api = {
      image = "${api.imageName}:${api.imageTag}";
      imageStream = api;

      extraOptions = [ "--network=host" ];
    };
  };

  systemd.services."${backend}-api".after = [ "postgresql.service" ];
}
