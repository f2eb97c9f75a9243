# The server: a database and an API over it, each an image that Docker runs.
# Both share the machine's network, so the machine's firewall counts.
{ config, pkgs, ... }:
let
  # The one line to change for another engine: "docker", "podman" or "berth".
  backend = "docker";

  engine = config.virtualisation.oci-containers;
  postgres = pkgs.callPackage ./postgres.nix { };
  api = pkgs.callPackage ./api.nix { };
in
{
  networking.firewall.allowedTCPPorts = [ 3000 ];

  virtualisation.oci-containers = {
    inherit backend;

    containers = {
      tutorial = {
        image = "${postgres.imageName}:${postgres.imageTag}";
        imageFile = postgres;

        environment.POSTGRES_PASSWORD = "mysecretpassword";

        extraOptions = [ "--network=host" ];
      };

      api = {
        image = "${api.imageName}:${api.imageTag}";
        imageStream = api;

        extraOptions = [ "--network=host" ];
      };
    };
  };

  systemd.services = {
    # The generated unit and this definition are merged.
    "${backend}-api".after = [ "setup-postgresql.service" ];

    # Docker says that a container has started, not that the database is ready;
    # so ask the database.
    setup-postgresql = {
      wantedBy = [ "multi-user.target" ];
      path = if engine.package == null then [ ] else [ engine.package ];

      preStart = ''
        until ${engine.command} exec tutorial pg_isready --username postgres; do
          sleep 0.2
        done
      '';

      script = ''
        ${engine.command} exec --interactive tutorial psql --username postgres --set ON_ERROR_STOP=1 < ${./setup.sql}
      '';

      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = "yes";
      };
    };
  };
}
