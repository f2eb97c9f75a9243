# The PostgreSQL server.
{
  lib,
  evaluate,
  describe,
  ...
}:
let
  server = options: {
    services.postgresql = {
      enable = true;
    }
    // options;
  };
  config = options: (evaluate (server options)).services.postgresql;
in
{
  "the units" = {
    value =
      let
        system = describe (server { });
        section = unit: keys: lib.filterAttrs (key: _: lib.elem key keys) system.units.${unit}.sections.Service;
      in
      {
        names = lib.filter (lib.hasPrefix "postgresql") (builtins.attrNames system.units);
        server = section "postgresql.service" [
          "Type"
          "User"
          "KillSignal"
          "KillMode"
          "StateDirectory"
        ];
        setup = section "postgresql-setup.service" [
          "Type"
          "RemainAfterExit"
        ];
        target = system.units."postgresql.target";
      };
    expected = {
      names = [
        "postgresql-setup.service"
        "postgresql.service"
        "postgresql.target"
      ];
      server = {
        Type = [ "notify" ];
        User = [ "postgres" ];
        KillSignal = [ "SIGINT" ];
        KillMode = [ "mixed" ];
        StateDirectory = [ "postgresql postgresql/17" ];
      };
      setup = {
        Type = [ "oneshot" ];
        RemainAfterExit = [ "true" ];
      };
      target = {
        wantedBy = [ "multi-user.target" ];
        sections.Unit = {
          Description = [ "PostgreSQL" ];
          Requires = [ "postgresql.service postgresql-setup.service" ];
        };
      };
    };
  };

  "the cluster is prepared" = {
    value = map (directory: removeAttrs directory [ "command" ]) (describe (server { })).prepared;
    expected = [
      {
        path = "/var/lib/postgresql/17";
        user = "postgres";
        group = "postgres";
        mode = "0700";
        environment = {
          PGDATA = "/var/lib/postgresql/17";
          LC_ALL = "C.UTF-8";
        };
      }
    ];
  };

  "the user's rules come before the usual ones" = {
    value = lib.splitString "\n" (config { authentication = "local a a trust"; }).authentication;
    expected = [
      "# Generated from services.postgresql.authentication"
      "local a a trust"
      "local all postgres         peer map=postgres"
      "local all all              peer"
      "host  all all 127.0.0.1/32 md5"
      "host  all all ::1/128      md5"
      ""
    ];
  };

  "rules can be replaced" = {
    value = (config { authentication = lib.mkForce "local all all trust\n"; }).authentication;
    expected = "local all all trust\n";
  };

  "where the server listens" = {
    value = map (options: (config options).settings.listen_addresses) [
      { }
      { enableTCPIP = true; }
      { settings.listen_addresses = lib.mkForce "192.0.2.1"; }
    ];
    expected = [
      "localhost"
      "*"
      "192.0.2.1"
    ];
  };

  "preloaded libraries" = {
    value =
      (config {
        settings.shared_preload_libraries = [
          "a"
          "b"
        ];
      }).settings.shared_preload_libraries;
    expected = "a,b";
  };

  "the older name of the port" = {
    value = (config { port = 5433; }).settings.port;
    expected = 5433;
  };

  "extensions are part of the package" = {
    value =
      (config { extensions = ps: [ ps.pgvector ]; }).finalPackage.debianPackages;
    expected = [
      "postgresql-17"
      "postgresql-client-17"
      "postgresql-17-pgvector"
    ];
  };

  "ownership of a database that is not there" = {
    failing = describe (server {
      ensureUsers = [
        {
          name = "u";
          ensureDBOwnership = true;
        }
      ];
    });
    mentions = [
      "services.postgresql.ensureUsers"
      "ensureDatabases"
    ];
  };

  "an option that is gone" = {
    failing = describe (server { extraConfig = "x"; });
    mentions = [
      "services.postgresql.extraConfig"
      "services.postgresql.settings"
    ];
  };
}
