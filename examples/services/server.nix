# The server: a database and an API over it, as units of one machine.
{ pkgs, ... }:
{
  networking.firewall.allowedTCPPorts = [ 3000 ];

  services.postgresql = {
    enable = true;
    initialScript = ./setup.sql;
  };

  users.users.todo-api = {
    isSystemUser = true;
    group = "todo-api";
  };
  users.groups.todo-api = { };

  systemd.services.todo-api = {
    description = "To-do API";
    wantedBy = [ "multi-user.target" ];
    after = [ "postgresql.target" ];
    requires = [ "postgresql.target" ];

    path = [ (pkgs.python3.withPackages (ps: [ ps.psycopg ])) ];
    script = "exec python3 ${./api.py} ${./tutorial.conf}";

    serviceConfig = {
      User = "todo-api";
      Group = "todo-api";
      Restart = "always";
    };
  };
}
