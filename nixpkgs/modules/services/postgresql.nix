# services.postgresql: a PostgreSQL server.
#
# postgresql.service runs the server, postgresql-setup.service brings scripts,
# databases and roles in once it answers, postgresql.target is both. The
# cluster is a prepared directory: machines start out with a copy of one that
# was initialised before, so that no start waits for initdb.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    mkOption
    optionalString
    types
    ;
  inherit (import ../declare.nix { inherit lib; }) accepted flag lines;
  cfg = config.services.postgresql;

  superUser = "postgres";

  package =
    if cfg.extensions == noExtensions then cfg.package else cfg.package.withPackages cfg.extensions;
  noExtensions = "none";

  # Quotes as postgresql.conf and SQL literals have them.
  quoted = text: "'${builtins.replaceStrings [ "'" ] [ "''" ] text}'";
  identifier = name: "\"${builtins.replaceStrings [ "\"" ] [ "\"\"" ] name}\"";

  settingText =
    value:
    if builtins.isBool value then
      (if value then "yes" else "no")
    else if builtins.isString value then
      quoted value
    else
      toString value;

  settings = lib.filterAttrs (_: value: value != null) cfg.settings;

  configFile = pkgs.writeText "postgresql.conf" (
    lib.concatLines (lib.mapAttrsToList (key: value: "${key} = ${settingText value}") settings)
  );

  initialise = extra: "initdb -U ${superUser} ${concatStringsSep " " (cfg.initdbArgs ++ extra)}";

  # What makes the first content of the data directory.
  prepare = pkgs.writeShellScript "prepare-postgresql" ''
    set -e
    export PATH=${package}/bin:${pkgs.coreutils}/bin
    ${initialise [ "--no-sync" ]}
    touch "$PGDATA/.first_startup"
  '';

  psql = "psql -v ON_ERROR_STOP=1 --port=${toString cfg.settings.port} -d postgres";

  run = statement: "${psql} -tAc ${lib.escapeShellArg statement}\n";

  # Runs a statement unless a query already finds something.
  unless = query: statement: ''
    if [ "$(${psql} -tAc ${lib.escapeShellArg query})" != 1 ]; then
      ${run statement}fi
  '';

  ensureDatabase =
    name:
    unless "SELECT 1 FROM pg_database WHERE datname = ${quoted name}"
      "CREATE DATABASE ${identifier name}";

  clauseText = name: on: if on then name else "no${name}";

  ensureUser =
    user:
    let
      role = identifier user.name;
      clauses = lib.filterAttrs (_: value: value != null) user.ensureClauses;
    in
    unless "SELECT 1 FROM pg_roles WHERE rolname = ${quoted user.name}" "CREATE USER ${role}"
    + optionalString (clauses != { }) (
      run "ALTER ROLE ${role} ${concatStringsSep " " (lib.mapAttrsToList clauseText clauses)}"
    )
    + optionalString user.ensureDBOwnership (run "ALTER DATABASE ${role} OWNER TO ${role}");

  strings =
    default: description:
    mkOption {
      type = types.listOf types.str;
      inherit default description;
    };

  clauseNames = [
    "superuser"
    "createrole"
    "createdb"
    "inherit"
    "login"
    "replication"
    "bypassrls"
  ];

  userType = types.submodule {
    options = {
      name = mkOption {
        type = types.str;
        description = "The role's name.";
      };
      ensureDBOwnership = flag false "Whether the role owns the database of the same name.";
      ensureClauses = lib.genAttrs clauseNames (
        name:
        mkOption {
          type = types.nullOr types.bool;
          default = null;
          description = "Whether the role has the attribute ${name}; null leaves it alone.";
        }
      );
    };
  };

  settingsType = types.submodule {
    freeformType = types.attrsOf (
      types.nullOr (
        types.oneOf [
          types.bool
          types.float
          types.int
          types.str
        ]
      )
    );
    options = {
      port = mkOption {
        type = types.port;
        default = 5432;
        description = "The port the server listens on.";
      };
      shared_preload_libraries = mkOption {
        type = types.nullOr (types.coercedTo (types.listOf types.str) (concatStringsSep ",") types.commas);
        default = null;
        example = [ "auto_explain" ];
        description = "Libraries that are loaded at the server's start.";
      };
      log_line_prefix = mkOption {
        type = types.str;
        default = "[%p] ";
        description = "What stands before each line of the log; the journal has the time already.";
      };
    };
  };

  ownDirectory = cfg.dataDir == "/var/lib/postgresql/${cfg.package.psqlSchema}";
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "postgresql" "port" ]
      [ "services" "postgresql" "settings" "port" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "postgresql" "extraPlugins" ]
      [ "services" "postgresql" "extensions" ]
    )
    (lib.mkRemovedOptionModule [ "services" "postgresql" "extraConfig" ] "Use services.postgresql.settings.")
  ];

  options.services.postgresql = {
    enable = flag false "Whether the PostgreSQL server runs.";
    package = mkOption {
      type = types.package;
      default = pkgs.postgresql;
      defaultText = lib.literalExpression "pkgs.postgresql";
      description = ''
        The PostgreSQL package. A Debian release has one major version, so
        system.stateVersion does not choose among several.
      '';
    };
    finalPackage = mkOption {
      type = types.package;
      readOnly = true;
      default = package;
      defaultText = lib.literalExpression "package with its extensions";
      description = "The package together with the extensions.";
    };
    enableJIT = flag false "Whether queries may be compiled.";
    checkConfig = flag true "Accepted: the server checks its configuration when it starts.";
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/postgresql/${cfg.package.psqlSchema}";
      defaultText = lib.literalExpression ''"/var/lib/postgresql/''${package.psqlSchema}"'';
      description = "Where the data is.";
    };
    authentication = lines ''
      Lines of pg_hba.conf; those that let local users in follow them.
    '';
    identMap = lines "Lines of pg_ident.conf.";
    initdbArgs = strings [ ] "Further arguments of initdb.";
    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "./setup.sql";
      description = "SQL that runs once, on the server's first start.";
    };
    ensureDatabases = strings [ ] "Databases that are created when they are missing.";
    ensureUsers = mkOption {
      type = types.listOf userType;
      default = [ ];
      example = [
        {
          name = "app";
          ensureDBOwnership = true;
        }
      ];
      description = "Roles that are created when they are missing.";
    };
    enableTCPIP = flag false "Whether the server listens on all addresses instead of localhost.";
    extensions = mkOption {
      type = types.either (types.enum [ noExtensions ]) (
        types.coercedTo (types.listOf types.package) (list: _: list) types.raw
      );
      default = noExtensions;
      example = lib.literalExpression "ps: [ ps.postgis ]";
      description = "Extensions the server can load.";
    };
    settings = mkOption {
      type = settingsType;
      default = { };
      example = {
        log_connections = true;
      };
      description = "Settings of postgresql.conf.";
    };
    recoveryConfig = mkOption {
      type = types.nullOr types.lines;
      default = null;
      visible = false;
      description = "Accepted: current servers have no recovery.conf.";
    };
    superUser = mkOption {
      type = types.str;
      default = superUser;
      internal = true;
      readOnly = true;
      description = "The name of the superuser.";
    };
    systemCallFilter = accepted "Accepted and not used.";
  };

  config = lib.mkIf cfg.enable {
    assertions = map (user: {
      assertion = !user.ensureDBOwnership || lib.elem user.name cfg.ensureDatabases;
      message =
        "services.postgresql.ensureUsers: ${user.name} is to own the database of the same name,"
        + " but services.postgresql.ensureDatabases does not have it";
    }) cfg.ensureUsers;

    services.postgresql = {
      settings = {
        hba_file = "${pkgs.writeText "pg_hba.conf" cfg.authentication}";
        ident_file = "${pkgs.writeText "pg_ident.conf" cfg.identMap}";
        log_destination = "stderr";
        listen_addresses = lib.mkDefault (if cfg.enableTCPIP then "*" else "localhost");
        unix_socket_directories = lib.mkDefault "/run/postgresql";
        jit = lib.mkDefault (if cfg.enableJIT then "on" else "off");
      };
      identMap = lib.mkAfter ''
        postgres postgres postgres
      '';
      authentication = lib.mkMerge [
        (lib.mkBefore "# Generated from services.postgresql.authentication")
        (lib.mkAfter ''
          local all postgres         peer map=postgres
          local all all              peer
          host  all all 127.0.0.1/32 md5
          host  all all ::1/128      md5
        '')
      ];
    };

    users.users.postgres = {
      name = superUser;
      uid = 71;
      group = superUser;
      description = "PostgreSQL server user";
      home = cfg.dataDir;
      useDefaultShell = true;
    };
    users.groups.postgres.gid = 71;

    environment.systemPackages = [ package ];

    systemd.targets.postgresql = {
      description = "PostgreSQL";
      wantedBy = [ "multi-user.target" ];
      requires = [
        "postgresql.service"
        "postgresql-setup.service"
      ];
    };

    systemd.services.postgresql = {
      description = "PostgreSQL Server";
      after = [ "network.target" ];
      wants = [ "postgresql.target" ];
      partOf = [ "postgresql.target" ];
      environment.PGDATA = cfg.dataDir;
      path = [ package ];

      preStart = ''
        if ! test -e ${cfg.dataDir}/PG_VERSION; then
          rm -f ${cfg.dataDir}/*.conf
          ${initialise [ ]}
          touch ${cfg.dataDir}/.first_startup
        fi
        ln -sfn ${configFile} ${cfg.dataDir}/postgresql.conf
      '';

      serviceConfig = {
        ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
        ExecStart = "${package}/bin/postgres";
        User = superUser;
        Group = superUser;
        RuntimeDirectory = "postgresql";
        Type = "notify";
        Restart = "always";
        # Stops at once; waiting for clients would hold up the shutdown.
        KillSignal = "SIGINT";
        KillMode = "mixed";
        TimeoutSec = 120;
        NoNewPrivileges = true;
        LockPersonality = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        UMask = if cfg.initdbArgs == [ ] then "0077" else "0027";
      }
      // lib.optionalAttrs ownDirectory {
        StateDirectory = "postgresql postgresql/${cfg.package.psqlSchema}";
        StateDirectoryMode = "0750";
      };
    };

    systemd.services.postgresql-setup = {
      description = "PostgreSQL Setup";
      requires = [ "postgresql.service" ];
      after = [ "postgresql.service" ];
      environment.PGDATA = cfg.dataDir;
      path = [ package ];

      serviceConfig = {
        User = superUser;
        Group = superUser;
        Type = "oneshot";
        RemainAfterExit = true;
      };

      script = ''
        until test "$(${psql} -tAc "SELECT pg_is_in_recovery()" 2>/dev/null)" = f; do
          sleep 0.1
        done

        if test -e ${cfg.dataDir}/.first_startup; then
          ${optionalString (cfg.initialScript != null) "${psql} -f ${cfg.initialScript}"}
          rm -f ${cfg.dataDir}/.first_startup
        fi
        ${concatMapStrings ensureDatabase cfg.ensureDatabases}
        ${concatMapStrings ensureUser cfg.ensureUsers}
      '';
    };

    system.description.prepared = [
      {
        path = cfg.dataDir;
        command = [ "${prepare}" ];
        environment = {
          PGDATA = cfg.dataDir;
          LC_ALL = config.i18n.defaultLocale;
        };
        user = superUser;
        group = superUser;
        mode = "0700";
      }
    ];
  };
}
