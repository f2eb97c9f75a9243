# The server: a database and an API over it, each an image that Podman runs
# without a daemon. The two share a network in which they know each other by
# name; only the API's port leads outside.
{ config, pkgs, ... }:
let
  # The one line to change for another engine: "docker", "podman" or "berth".
  backend = "podman";

  engine = config.virtualisation.oci-containers;
  postgres = pkgs.callPackage ./postgres.nix { };
  api = pkgs.callPackage ./api.nix { };
in
{
  virtualisation.oci-containers = {
    inherit backend;

    networks.todo = { };
    volumes.database = { };

    containers = {
      tutorial = {
        image = "${postgres.imageName}:${postgres.imageTag}";
        imageFile = postgres;

        environment.POSTGRES_PASSWORD = "mysecretpassword";
        networks = [ "todo" ];
        volumes = [ "database:/var/lib/postgresql/data" ];
        limits.memory = "512m";

        # The unit has started when the database answers.
        healthCheck = {
          command = "pg_isready --quiet --username postgres";
          interval = "2s";
          startPeriod = "60s";
        };
      };

      api = {
        image = "${api.imageName}:${api.imageTag}";
        imageStream = api;

        networks = [ "todo" ];
        ports = [ "3000:3000" ];
        dependsOn = [ "tutorial" ];
      };
    };
  };

  systemd.services = {
    "${backend}-api".after = [ "setup-postgresql.service" ];

    setup-postgresql = {
      wantedBy = [ "multi-user.target" ];
      after = [ "${backend}-tutorial.service" ];
      requires = [ "${backend}-tutorial.service" ];
      path = if engine.package == null then [ ] else [ engine.package ];

      # The volume keeps the tables, so they are made only once.
      script = ''
        psql="${engine.command} exec --interactive tutorial psql --username postgres --set ON_ERROR_STOP=1"
        if [ "$($psql --tuples-only --no-align --command "select to_regclass('api.todos')")" = "" ]; then
          $psql < ${./setup.sql}
        fi
      '';

      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    };
  };
}
