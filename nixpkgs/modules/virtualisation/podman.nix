# virtualisation.podman: containers without a daemon.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag;
  prune = import ./docker-prune.nix { inherit lib; };
  cfg = config.virtualisation.podman;
  json = pkgs.formats.json { };

  # The network podman has built in, which settings change field by field.
  builtIn = {
    name = "podman";
    id = "0000000000000000000000000000000000000000000000000000000000000000";
    driver = "bridge";
    network_interface = "podman0";
    dns_enabled = false;
    internal = false;
    ipv6_enabled = false;
    ipam_options.driver = "host-local";
    subnets = [
      {
        gateway = "10.88.0.1";
        subnet = "10.88.0.0/16";
      }
    ];
  };
  network = builtIn // cfg.defaultNetwork.settings;

  dockerCommand = pkgs.writeTextFile {
    name = "podman-docker-compat";
    executable = true;
    destination = "/bin/docker";
    text = ''
      #!${pkgs.runtimeShell}
      exec ${cfg.package}/bin/podman "$@"
    '';
  };

  # What podman starts besides its own helpers.
  helpers = [
    pkgs.conmon
    pkgs.crun
    pkgs.netavark
    pkgs.aardvark-dns
    pkgs.slirp4netns
    pkgs.passt
    pkgs.fuse-overlayfs
    pkgs.shadow
    pkgs.nftables
    pkgs.iptables
  ]
  ++ cfg.extraRuntimes
  ++ cfg.extraPackages;
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "virtualisation" "podman" "defaultNetwork" "dnsname" ]
      "Use virtualisation.podman.defaultNetwork.settings.dns_enabled instead."
    )
    (lib.mkRemovedOptionModule [ "virtualisation" "podman" "defaultNetwork" "extraPlugins" ]
      "Networks are made by netavark, which has no plugins."
    )
  ];

  options.virtualisation.podman = {
    enable = flag false "Whether podman is there.";
    dockerSocket.enable = flag false ''
      Whether podman answers at docker's socket. Members of the group "podman"
      may use it, and thereby become root.
    '';
    dockerCompat = flag false "Whether the command docker is podman.";
    enableNvidia = flag false "Deprecated: machines have no devices of their own.";
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.gvisor ]";
      description = "Packages whose programs podman finds.";
    };
    extraRuntimes = mkOption {
      type = types.listOf types.package;
      default = [ pkgs.runc ];
      defaultText = lib.literalExpression "[ pkgs.runc ]";
      description = "Runtimes besides crun.";
    };
    autoPrune = prune.options "podman system prune";
    package = lib.mkPackageOption pkgs "podman" { };
    defaultNetwork.settings = mkOption {
      inherit (json) type;
      default = { };
      example = {
        dns_enabled = true;
      };
      description = "Fields of the network that containers join unless they name another.";
    };
    networkSocket.enable = flag false "Not supported: use an SSH connection to podman's socket.";
  };

  config = lib.mkIf cfg.enable (
    lib.mkMerge [
      {
        environment.systemPackages = [ cfg.package ] ++ lib.optional cfg.dockerCompat dockerCommand;
        environment.corePackages = helpers;
        users.groups.podman = { };
        # Where the host's controllers are of version 1, every command would warn.
        systemd.globalEnvironment.PODMAN_IGNORE_CGROUPSV1_WARNING = "1";
        environment.variables.PODMAN_IGNORE_CGROUPSV1_WARNING = "1";
        virtualisation.containers = {
          enable = true;
          containersConf.settings = {
            network.network_backend = "netavark";
            # A program that podman starts by name is looked for here as well.
            engine.helper_binaries_dir = lib.mkDefault [
              "/usr/lib/podman"
              "/usr/libexec/podman"
              "/usr/bin"
            ];
          };
        };
        system.description.needsControllers = true;

        boot.kernel.sysctl."net.ipv4.ip_forward" = lib.mkOverride 98 true;

        systemd.services.podman = {
          description = "Podman API Service";
          requires = [ "podman.socket" ];
          after = [ "podman.socket" ];
          environment = {
            LOGGING = "--log-level=info";
          };
          path = [ cfg.package ] ++ helpers;
          unitConfig.StartLimitIntervalSec = 0;
          serviceConfig = {
            Delegate = true;
            Type = "exec";
            KillMode = "process";
            ExecStart = [
              ""
              "${cfg.package}/bin/podman $LOGGING system service"
            ];
          };
        };
        systemd.sockets.podman = {
          description = "Podman API Socket";
          wantedBy = [ "sockets.target" ];
          socketConfig = {
            ListenStream = [
              ""
              "/run/podman/podman.sock"
            ];
            SocketMode = "0660";
            SocketGroup = "podman";
          };
        };

        systemd.tmpfiles.rules = lib.optional cfg.dockerSocket.enable "L! /run/docker.sock - - - - /run/podman/podman.sock";

        assertions = [
          {
            assertion = !(cfg.dockerCompat && config.virtualisation.docker.enable);
            message = "virtualisation.podman.dockerCompat and virtualisation.docker.enable exclude each other";
          }
          {
            assertion = !(cfg.dockerSocket.enable && config.virtualisation.docker.enable);
            message = "virtualisation.podman.dockerSocket.enable and virtualisation.docker.enable exclude each other";
          }
          {
            assertion = !cfg.networkSocket.enable;
            message = "virtualisation.podman.networkSocket is not supported";
          }
          {
            assertion = !cfg.enableNvidia;
            message = "virtualisation.podman.enableNvidia: machines have no devices of their own";
          }
        ];
      }
      # A user's container may mount /proc only where the kernel sees a whole one
      # already; the machine's own has parts that are read-only.
      (lib.mkIf config.systemd.needsLogin {
        systemd.mounts = [
          {
            what = "proc";
            where = "/run/podman-proc";
            type = "proc";
            options = "nosuid,nodev,noexec";
            wantedBy = [ "local-fs.target" ];
            before = [ "local-fs.target" ];
            unitConfig.DefaultDependencies = false;
          }
        ];
      })
      (lib.mkIf (cfg.defaultNetwork.settings != { }) {
        environment.etc."containers/networks/podman.json".source = json.generate "podman.json" network;
        networking.firewall.interfaces.${network.network_interface}.allowedUDPPorts =
          lib.mkIf network.dns_enabled
            [ 53 ];
      })
      (lib.mkIf cfg.autoPrune.enable (
        prune.units {
          name = "podman-prune";
          command = "${cfg.package}/bin/podman system prune -f";
          inherit (cfg.autoPrune) flags dates;
          timer = {
            Persistent = true;
            RandomizedDelaySec = 1800;
          };
        }
      ))
    ]
  );
}
