# services.redis.servers: Redis servers.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag;
  cfg = config.services.redis;

  # The server named "" is redis; others are redis-<name>.
  unitName = name: "redis" + lib.optionalString (name != "") "-${name}";

  text =
    value:
    if builtins.isBool value then
      (if value then "yes" else "no")
    else
      toString value;

  lines = key: value: lib.concatMapStrings (v: "${key} ${text v}\n") (lib.toList value);

  configOf = settings: lib.concatStrings (lib.mapAttrsToList lines settings);

  server =
    { name, config, ... }:
    {
      options = {
        enable = flag false "Whether the server runs.";
        user = mkOption {
          type = types.str;
          default = unitName name;
          defaultText = lib.literalExpression ''"redis-<name>"'';
          description = "The account of the server.";
        };
        group = mkOption {
          type = types.str;
          default = config.user;
          defaultText = lib.literalExpression "user";
          description = "The group of the server.";
        };
        port = mkOption {
          type = types.port;
          default = if name == "" then 6379 else 0;
          defaultText = lib.literalExpression ''if name == "" then 6379 else 0'';
          description = "The port the server listens on; 0 is none.";
        };
        openFirewall = flag false "Whether the firewall lets connections in.";
        bind = mkOption {
          type = types.nullOr types.str;
          default = "127.0.0.1";
          description = "Addresses the server listens on; null is all.";
        };
        unixSocket = mkOption {
          type = types.nullOr types.path;
          default = "/run/${unitName name}/redis.sock";
          defaultText = lib.literalExpression ''"/run/redis-<name>/redis.sock"'';
          description = "The socket the server listens on.";
        };
        unixSocketPerm = mkOption {
          type = types.int;
          default = 660;
          description = "The mode of the socket.";
        };
        logLevel = mkOption {
          type = types.str;
          default = "notice";
          description = "What is logged.";
        };
        databases = mkOption {
          type = types.int;
          default = 16;
          description = "How many databases there are.";
        };
        maxclients = mkOption {
          type = types.int;
          default = 10000;
          description = "How many clients may be connected.";
        };
        save = mkOption {
          type = types.listOf (types.listOf types.int);
          default = [
            [
              900
              1
            ]
            [
              300
              10
            ]
            [
              60
              10000
            ]
          ];
          description = "After how many seconds and changes data is written.";
        };
        requirePass = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The password, which everybody who reads the configuration knows.";
        };
        requirePassFile = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "A file with the password.";
        };
        appendOnly = flag false "Whether every change is written at once.";
        appendFsync = mkOption {
          type = types.str;
          default = "everysec";
          description = "How often written changes are synchronised.";
        };
        settings = mkOption {
          type = types.attrsOf (
            types.oneOf [
              types.bool
              types.int
              types.str
              (types.listOf types.str)
            ]
          );
          default = { };
          description = "Settings of redis.conf.";
        };
      };

      config.settings = {
        inherit (config) port maxclients databases;
        daemonize = false;
        supervised = "systemd";
        loglevel = config.logLevel;
        logfile = "\"\"";
        dir = "/var/lib/${unitName name}";
        save =
          if config.save == [ ] then
            "\"\""
          else
            map (pair: lib.concatMapStringsSep " " toString pair) config.save;
        appendonly = config.appendOnly;
        appendfsync = config.appendFsync;
      }
      // lib.optionalAttrs (config.bind != null) { inherit (config) bind; }
      // lib.optionalAttrs (config.unixSocket != null) {
        unixsocket = config.unixSocket;
        unixsocketperm = toString config.unixSocketPerm;
      }
      // lib.optionalAttrs (config.requirePass != null) { requirepass = config.requirePass; };
    };

  enabled = lib.filterAttrs (_: s: s.enable) cfg.servers;

  service = name: s: {
    description = "Redis Server - ${unitName name}";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    preStart = ''
      umask 077
      cp ${pkgs.writeText "redis.conf" (configOf s.settings)} /run/${unitName name}/redis.conf
      ${lib.optionalString (s.requirePassFile != null) ''
        printf 'requirepass %s\n' "$(cat ${lib.escapeShellArg s.requirePassFile})" >> /run/${unitName name}/redis.conf
      ''}
    '';
    serviceConfig = {
      ExecStart = "${cfg.package}/bin/redis-server /run/${unitName name}/redis.conf";
      Type = "notify";
      User = s.user;
      Group = s.group;
      RuntimeDirectory = unitName name;
      RuntimeDirectoryMode = "0750";
      StateDirectory = unitName name;
      StateDirectoryMode = "0700";
      Restart = "always";
      NoNewPrivileges = true;
      UMask = "0077";
    };
  };
in
{
  options.services.redis = {
    package = mkOption {
      type = types.package;
      default = pkgs.redis;
      defaultText = lib.literalExpression "pkgs.redis";
      description = "The Redis package.";
    };
    vmOverCommit = flag false "Accepted: it is up to the host's kernel.";
    servers = mkOption {
      type = types.attrsOf (types.submodule server);
      default = { };
      example = {
        cache = {
          enable = true;
          port = 6380;
        };
      };
      description = "Redis servers, by name.";
    };
  };

  config = lib.mkIf (enabled != { }) {
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedTCPPorts = lib.concatMap (s: lib.optional s.openFirewall s.port) (
      builtins.attrValues enabled
    );
    users.users = lib.mapAttrs' (name: s: {
      name = s.user;
      value = lib.mkIf (s.user == unitName name) {
        isSystemUser = true;
        inherit (s) group;
        description = "Redis server user";
      };
    }) enabled;
    users.groups = lib.mapAttrs' (_: s: {
      name = s.group;
      value = { };
    }) enabled;
    systemd.services = lib.mapAttrs' (name: s: {
      name = unitName name;
      value = service name s;
    }) enabled;
  };
}
