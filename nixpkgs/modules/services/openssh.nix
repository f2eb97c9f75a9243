# services.openssh: the SSH server.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted flag;
  cfg = config.services.openssh;

  keyType = types.submodule {
    freeformType = types.attrsOf types.anything;
    options = {
      type = mkOption {
        type = types.str;
        description = "The kind of key.";
      };
      path = mkOption {
        type = types.str;
        description = "Where the private key is.";
      };
      bits = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "How long the key is.";
      };
    };
  };

  scalar = types.oneOf [
    types.bool
    types.int
    types.str
    types.path
  ];

  settingsType = types.submodule {
    freeformType = types.attrsOf (types.nullOr (types.either scalar (types.listOf types.str)));
    options = {
      PermitRootLogin = mkOption {
        type = types.enum [
          "yes"
          "without-password"
          "prohibit-password"
          "forced-commands-only"
          "no"
        ];
        default = "prohibit-password";
        description = "Whether root may log in.";
      };
      PasswordAuthentication = flag true "Whether passwords let users in.";
      KbdInteractiveAuthentication = flag true "Whether keyboard-interactive authentication is possible.";
      X11Forwarding = flag false "Whether windows may be forwarded.";
      UsePAM = flag true "Whether PAM takes part.";
      UseDns = flag false "Whether names of clients are looked up.";
      LogLevel = mkOption {
        type = types.str;
        default = "INFO";
        description = "What is logged.";
      };
    };
  };

  text =
    value:
    if builtins.isBool value then
      (if value then "yes" else "no")
    else if builtins.isList value then
      lib.concatStringsSep "," value
    else
      toString value;

  configText =
    lib.concatMapStrings (port: "Port ${toString port}\n") cfg.ports
    + lib.concatMapStrings (
      listen: "ListenAddress ${listen.addr}${lib.optionalString (listen.port != null) ":${toString listen.port}"}\n"
    ) cfg.listenAddresses
    + lib.concatMapStrings (key: "HostKey ${key.path}\n") cfg.hostKeys
    + "AuthorizedKeysFile ${toString cfg.authorizedKeysFiles}\n"
    + lib.optionalString cfg.allowSFTP "Subsystem sftp ${cfg.sftpServerExecutable}\n"
    + lib.concatStrings (
      lib.mapAttrsToList (key: value: "${key} ${text value}\n") (
        lib.filterAttrs (_: value: value != null) cfg.settings
      )
    )
    + cfg.extraConfig;

  length = key: lib.optionalString (key.bits != null) "-b ${toString key.bits}";

  generateKey = key: ''
    if ! [ -s ${key.path} ]; then
      mkdir -p "$(dirname ${key.path})"
      rm -f ${key.path}
      ssh-keygen -q -t ${key.type} ${length key} -f ${key.path} -N ""
    fi
  '';
in
{
  imports = map
    (name: lib.mkRenamedOptionModule [ "services" "openssh" name.old ] [ "services" "openssh" "settings" name.new ])
    [
      {
        old = "permitRootLogin";
        new = "PermitRootLogin";
      }
      {
        old = "passwordAuthentication";
        new = "PasswordAuthentication";
      }
    ];

  options.services.openssh = {
    enable = flag false "Whether the SSH server runs.";
    package = mkOption {
      type = types.package;
      default = pkgs.openssh;
      defaultText = lib.literalExpression "pkgs.openssh";
      description = "The OpenSSH package.";
    };
    startWhenNeeded = flag config.boot.isContainer "Whether the server starts with the first connection.";
    ports = mkOption {
      type = types.listOf types.port;
      default = [ 22 ];
      description = "Ports the server listens on.";
    };
    listenAddresses = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            addr = mkOption {
              type = types.str;
              description = "An address.";
            };
            port = mkOption {
              type = types.nullOr types.port;
              default = null;
              description = "A port; null is each of ports.";
            };
          };
        }
      );
      default = [ ];
      description = "Addresses the server listens on; none is all.";
    };
    openFirewall = flag true "Whether the firewall lets connections in.";
    allowSFTP = flag true "Whether files can be transferred.";
    sftpServerExecutable = mkOption {
      type = types.str;
      default = "internal-sftp";
      description = "The program that transfers files.";
    };
    authorizedKeysFiles = mkOption {
      type = types.listOf types.str;
      default = [
        "%h/.ssh/authorized_keys"
        "/etc/ssh/authorized_keys.d/%u"
      ];
      description = "Files with public keys that may log in.";
    };
    hostKeys = mkOption {
      type = types.listOf keyType;
      default = [
        {
          type = "ed25519";
          path = "/etc/ssh/ssh_host_ed25519_key";
        }
      ];
      description = "Keys of the host; they are made when they are missing.";
    };
    settings = mkOption {
      type = settingsType;
      default = { };
      description = "Settings of sshd_config.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of sshd_config.";
    };
    knownHosts = accepted "Accepted and not used.";
  };

  config = lib.mkIf cfg.enable {
    environment.etc."ssh/sshd_config".text = configText;
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall cfg.ports;

    users.users.sshd = {
      isSystemUser = true;
      group = "sshd";
      description = "SSH privilege separation user";
    };
    users.groups.sshd = { };

    systemd.services.sshd = {
      description = "SSH Daemon";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      stopIfChanged = false;
      path = [ cfg.package ];
      restartTriggers = [ configText ];
      preStart = lib.concatMapStrings generateKey cfg.hostKeys;
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/sshd -D -e -f /etc/ssh/sshd_config";
        ExecReload = "${pkgs.coreutils}/bin/kill -HUP $MAINPID";
        KillMode = "process";
        Restart = "always";
        Type = "simple";
        RuntimeDirectory = "sshd";
      };
    };
  };
}
