# The server: a database and an API over it, each in a container of its own.
# Both share the machine's network, so only the firewall out here counts. The
# API cannot be ordered after a unit of another container: it answers 503 until
# the database is there.
{
  networking.firewall.allowedTCPPorts = [ 3000 ];

  containers.tutorial = {
    autoStart = true;

    config = {
      services.postgresql = {
        enable = true;
        initialScript = ./setup.sql;
      };
    };
  };

  containers.api = {
    autoStart = true;

    config =
      { pkgs, ... }:
      {
        users.users.todo-api = {
          isSystemUser = true;
          group = "todo-api";
        };
        users.groups.todo-api = { };

        systemd.services.todo-api = {
          description = "To-do API";
          wantedBy = [ "multi-user.target" ];
          after = [ "network.target" ];

          path = [ (pkgs.python3.withPackages (ps: [ ps.psycopg ])) ];
          script = "exec python3 ${./api.py} ${./tutorial.conf}";

          serviceConfig = {
            User = "todo-api";
            Group = "todo-api";
            Restart = "always";
          };
        };
      };
  };
}
