# virtualisation.docker: dockerd for the whole system.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag strings;
  prune = import ./docker-prune.nix { inherit lib; };
  cfg = config.virtualisation.docker;
  json = pkgs.formats.json { };
in
{
  imports = [
    (lib.mkAliasOptionModule
      [ "virtualisation" "docker" "liveRestore" ]
      [ "virtualisation" "docker" "daemon" "settings" "live-restore" ]
    )
    (lib.mkRemovedOptionModule [ "virtualisation" "docker" "socketActivation" ] "The socket always activates docker.")
  ];

  options.virtualisation.docker = {
    enable = flag false ''
      Whether dockerd runs. Members of the group "docker" may use it, and
      thereby become root.
    '';
    enableOnBoot = flag true "Whether dockerd starts at boot instead of at its first use.";
    listenOptions = mkOption {
      type = types.listOf types.str;
      default = [ "/run/docker.sock" ];
      description = "Addresses of the socket that activates dockerd.";
    };
    daemon.settings = mkOption {
      type = types.submodule {
        freeformType = json.type;
        options.live-restore = mkOption {
          type = types.bool;
          default = lib.versionOlder config.system.stateVersion "24.11";
          defaultText = lib.literalExpression ''lib.versionOlder config.system.stateVersion "24.11"'';
          description = "Whether containers go on while dockerd is down.";
        };
      };
      default = { };
      example = {
        fixed-cidr-v6 = "fd00::/80";
        ipv6 = true;
      };
      description = "The content of daemon.json.";
    };
    storageDriver = mkOption {
      type = types.nullOr (
        types.enum [
          "aufs"
          "btrfs"
          "devicemapper"
          "overlay"
          "overlay2"
          "zfs"
        ]
      );
      default = null;
      description = "How image layers are kept; null lets dockerd choose.";
    };
    logDriver = mkOption {
      type = types.enum [
        "none"
        "json-file"
        "syslog"
        "journald"
        "gelf"
        "fluentd"
        "awslogs"
        "splunk"
        "etwlogs"
        "gcplogs"
        "local"
      ];
      default = "journald";
      description = "Where the output of containers goes.";
    };
    extraOptions = mkOption {
      type = types.separatedString " ";
      default = "";
      description = "Further arguments of dockerd.";
    };
    enableNvidia = flag false "Deprecated: machines have no devices of their own.";
    autoPrune = prune.options "docker system prune" // {
      randomizedDelaySec = mkOption {
        type = types.singleLineStr;
        default = "0";
        example = "45min";
        description = "The longest random delay of a run.";
      };
      persistent = flag true "Whether a run that was missed is made up for.";
    };
    package = lib.mkPackageOption pkgs "docker" { };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs dockerd finds.";
    };
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        boot.kernelModules = [
          "bridge"
          "veth"
          "br_netfilter"
          "xt_nat"
        ];
        boot.kernel.sysctl = {
          "net.ipv4.conf.all.forwarding" = lib.mkOverride 98 true;
          "net.ipv4.conf.default.forwarding" = lib.mkOverride 98 true;
        };
        environment.systemPackages = [ cfg.package ];
        users.groups.docker = { };
        system.description.needsControllers = true;

        virtualisation.docker.daemon.settings = {
          group = "docker";
          hosts = [ "fd://" ];
          log-driver = lib.mkDefault cfg.logDriver;
          storage-driver = lib.mkIf (cfg.storageDriver != null) (lib.mkDefault cfg.storageDriver);
        };

        systemd.services.docker = {
          description = "Docker Application Container Engine";
          wantedBy = lib.optional cfg.enableOnBoot "multi-user.target";
          requires = [ "docker.socket" ];
          after = [
            "network.target"
            "docker.socket"
          ];
          environment = config.networking.proxy.envVars or { };
          path = [
            cfg.package
            pkgs.containerd
            pkgs.runc
            pkgs.iptables
            pkgs.iproute2
            pkgs.kmod
          ]
          ++ cfg.extraPackages;
          serviceConfig = {
            Type = "notify";
            ExecStart = [
              ""
              "${cfg.package}/bin/dockerd --config-file=${json.generate "daemon.json" cfg.daemon.settings} ${cfg.extraOptions}"
            ];
            ExecReload = [
              ""
              "${pkgs.procps}/bin/kill -s HUP $MAINPID"
            ];
            Delegate = true;
            KillMode = "process";
            Restart = "always";
            RestartSec = 2;
            TimeoutStartSec = 0;
            TasksMax = "infinity";
            LimitNOFILE = "infinity";
            LimitNPROC = "infinity";
            OOMScoreAdjust = -500;
          };
        };

        systemd.sockets.docker = {
          description = "Docker Socket for the API";
          wantedBy = [ "sockets.target" ];
          socketConfig = {
            ListenStream = cfg.listenOptions;
            SocketMode = "0660";
            SocketUser = "root";
            SocketGroup = "docker";
          };
        };
      }
      (lib.mkIf cfg.autoPrune.enable (
        prune.units {
          name = "docker-prune";
          command = "${cfg.package}/bin/docker system prune -f";
          inherit (cfg.autoPrune) flags dates;
          after = [ "docker.service" ];
          requires = [ "docker.service" ];
          timer = {
            Persistent = cfg.autoPrune.persistent;
            RandomizedDelaySec = cfg.autoPrune.randomizedDelaySec;
          };
        }
      ))
      {
        assertions = [
          {
            assertion = !cfg.enableNvidia;
            message = "virtualisation.docker.enableNvidia: machines have no devices of their own";
          }
        ];
      }
    ]
  );
}
