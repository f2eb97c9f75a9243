# containers.<name>: native containers, each a whole system of its own.
{
  config,
  lib,
  pkgs,
  pkgsFor,
  systemPath,
  ...
}:
let
  inherit (lib)
    mkOption
    optional
    optionalAttrs
    types
    ;
  inherit (import ../declare.nix { inherit lib; }) flag nullable strings;
  compact = import ../compact.nix { inherit lib; };
  cfg = config.containers;
  names = builtins.attrNames cfg;

  plan = import ./container-addresses.nix { inherit lib; } {
    inherit (config.virtualisation) containerDepth;
    containers = cfg;
  };

  forwardedPort = types.submodule {
    options = {
      protocol = mkOption {
        type = types.str;
        default = "tcp";
        description = "The protocol.";
      };
      hostPort = mkOption {
        type = types.port;
        description = "The port outside.";
      };
      containerPort = mkOption {
        type = types.nullOr types.port;
        default = null;
        description = "The port inside; null is the same port.";
      };
    };
  };

  linkOptions = {
    hostBridge = nullable types.str "The bridge outside that the pair's outer end joins.";
    hostAddress = nullable types.str "The IPv4 address of the pair's outer end.";
    hostAddress6 = nullable types.str "The IPv6 address of the pair's outer end.";
    localAddress = nullable types.str "The IPv4 address inside; with a bridge, with prefix length.";
    localAddress6 = nullable types.str "The IPv6 address inside; with a bridge, with prefix length.";
    localMacAddress = mkOption {
      type = types.nullOr (types.strMatching "([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
      default = null;
      description = "The hardware address inside.";
    };
    forwardPorts = mkOption {
      type = types.listOf forwardedPort;
      default = [ ];
      description = "Ports outside that lead inside; they need privateNetwork.";
    };
  };

  bindMount = types.submodule (
    { name, ... }:
    {
      options = {
        mountPoint = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "Where it appears inside.";
        };
        hostPath = nullable types.str "What is shown; null is the same path outside.";
        isReadOnly = flag true "Whether the container cannot change it.";
      };
    }
  );

  device = types.submodule {
    options = {
      node = mkOption {
        type = types.str;
        example = "/dev/net/tun";
        description = "The device node.";
      };
      modifier = mkOption {
        type = types.strMatching "[rwm]{1,3}";
        example = "rw";
        description = "Whether it may be read, written, made.";
      };
    };
  };

  # The inside: all definitions of `config` as modules of a system of its own.
  guestType =
    name: container:
    lib.mkOptionType {
      name = "container configuration";
      description = "NixOS configuration";
      descriptionClass = "noun";
      merge =
        _: definitions:
        (import (container.nixpkgs + "/modules/eval-config.nix") {
          inherit lib pkgsFor;
          inherit (container) specialArgs;
          prefix = systemPath ++ [
            "containers"
            name
          ];
          modules = [
            (guestModule name container)
          ]
          ++ map (definition: lib.setDefaultModuleLocation definition.file definition.value) definitions;
        }).config;
    };

  guestModule =
    name: container:
    { config, ... }:
    {
      _file = ./containers.nix;
      config = {
        nixpkgs.hostPlatform = lib.mkDefault pkgs.system;
        boot.isNspawnContainer = true;
        networking.hostName = lib.mkDefault name;
        networking.hosts = lib.mkIf container.privateNetwork plan.hosts;
        virtualisation.containerDepth = outer.virtualisation.containerDepth + 1;
        system.stateVersion = lib.mkDefault outer.system.stateVersion;
        assertions = [
          {
            assertion = !lib.hasInfix "_" name;
            message = "a container's name cannot have an underscore";
          }
        ];
      };
    };
  outer = config;

  containerModule =
    { name, config, ... }:
    {
      options = linkOptions // {
        config = mkOption {
          type = guestType name config;
          description = "The configuration of the inside, as a NixOS module.";
        };
        path = mkOption {
          type = types.path;
          example = "/nix/var/nix/profiles/containers/webserver";
          description = "A ready system, instead of config.";
        };
        flake = nullable types.str "A flake with the configuration of the inside; not supported.";
        autoStart = flag false "Whether the container starts at boot.";
        nixpkgs = mkOption {
          type = types.path;
          default = pkgs.path;
          defaultText = lib.literalExpression "pkgs.path";
          description = "The package set and modules of the inside.";
        };
        specialArgs = mkOption {
          type = types.attrsOf types.unspecified;
          default = { };
          description = "Further arguments of the modules inside.";
        };
        ephemeral = flag false "Whether the container begins with an empty root at every start.";
        privateNetwork = flag false ''
          Whether the container has links of its own. Without addresses it gets
          a pair of addresses that no other container has, and the others reach
          it as <name>.containers.
        '';
        interfaces = strings "Links outside that move into the container.";
        macvlans = strings "Links outside that the container gets a macvlan of.";
        extraVeths = mkOption {
          type = types.attrsOf (types.submodule { options = linkOptions; });
          default = { };
          description = "Further pairs of links, by name.";
        };
        networkNamespace = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "An existing network namespace that the container joins.";
        };
        bindMounts = mkOption {
          type = types.attrsOf bindMount;
          default = { };
          example = {
            "/data".hostPath = "/srv/data";
          };
          description = "Files and directories outside that are shown inside, by place.";
        };
        allowedDevices = mkOption {
          type = types.listOf device;
          default = [ ];
          description = "Device nodes that the container may use.";
        };
        tmpfs = strings "Places inside that are in memory.";
        additionalCapabilities = strings "Capabilities besides the usual ones.";
        enableTun = flag false "Whether the container can make network tunnels.";
        privateUsers = mkOption {
          type = types.either types.ints.u32 (
            types.enum [
              "no"
              "identity"
              "pick"
            ]
          );
          default = "no";
          description = "Whether users inside are other users outside.";
        };
        timeoutStartSec = mkOption {
          type = types.str;
          default = "1min";
          description = "How long the start may take.";
        };
        restartIfChanged = flag true "Whether a switch restarts the container when it changed; only with autoStart.";
        copyResolvConf = flag true "Whether name servers are taken over from the system around.";
        extraFlags = strings "Flags of systemd-nspawn; those berth has no equivalent of are refused.";
      };

      config.path = lib.mkIf (config.flake == null) (
        lib.mkDefault config.config.system.build.toplevel
      );
    };

  forwards = map (port: {
    inherit (port) protocol hostPort;
    guestPort = if port.containerPort == null then port.hostPort else port.containerPort;
  });

  describeLink =
    link:
    compact {
      inherit (link)
        hostBridge
        hostAddress
        hostAddress6
        localAddress
        localAddress6
        ;
      localMac = link.localMacAddress;
      forwards = forwards link.forwardPorts;
    };

  describe =
    name: container:
    {
      system = "${container.path}";
    }
    // compact {
      inherit (container)
        autoStart
        ephemeral
        privateNetwork
        networkNamespace
        interfaces
        macvlans
        tmpfs
        allowedDevices
        additionalCapabilities
        enableTun
        copyResolvConf
        extraFlags
        ;
      restartIfChanged = container.autoStart && container.restartIfChanged;
      timeoutStart = container.timeoutStartSec;
      privateUsers = if container.privateUsers == "no" then null else toString container.privateUsers;
      bindMounts = lib.mapAttrs' (_: mount: {
        name = mount.mountPoint;
        value = {
          hostPath = if mount.hostPath == null then mount.mountPoint else mount.hostPath;
        }
        // optionalAttrs mount.isReadOnly { readOnly = true; };
      }) container.bindMounts;
      link = if container.privateNetwork then describeLink (container // plan.links.${name}) else null;
      extraVeths =
        if container.privateNetwork then lib.mapAttrs (_: describeLink) container.extraVeths else null;
    };

  stateDirectory = name: "/var/lib/nixos-containers/${name}";

  unit = name: container: {
    description = "Container '${name}'";
    wantedBy = optional container.autoStart "machines.target";
    wants = optional container.autoStart "network.target";
    after = optional container.autoStart "network.target";
    unitConfig.RequiresMountsFor =
      optional (!container.ephemeral) (stateDirectory name)
      ++ lib.mapAttrsToList (
        _: mount: if mount.hostPath == null then mount.mountPoint else mount.hostPath
      ) container.bindMounts;
    enableDefaultPath = false;
    environment = {
      INSTANCE = name;
      root = if container.ephemeral then "/run/nixos-containers/${name}" else stateDirectory name;
    };
    restartIfChanged = container.autoStart && container.restartIfChanged;
    restartTriggers = lib.optionals container.autoStart [ container.path ];
    serviceConfig = {
      ExecStart = "/run/berth/berth __container-run ${name}";
      Type = "notify";
      NotifyAccess = "all";
      Slice = "machine.slice";
      Delegate = true;
      Restart = "on-failure";
      RestartForceExitStatus = "133";
      SuccessExitStatus = "133";
      KillMode = "mixed";
      KillSignal = "TERM";
      TimeoutStartSec = container.timeoutStartSec;
      SyslogIdentifier = "container ${name}";
    }
    // optionalAttrs container.ephemeral { RuntimeDirectory = "nixos-containers/${name}"; };
  };

  enabled = config.boot.enableContainers;
in
{
  options = {
    containers = mkOption {
      type = types.attrsOf (types.submodule containerModule);
      default = { };
      example = lib.literalExpression ''
        { database.config = { services.postgresql.enable = true; }; }
      '';
      description = "Native containers, by name.";
    };

    boot.enableContainers = mkOption {
      type = types.bool;
      default = cfg != { };
      defaultText = lib.literalExpression "containers != { }";
      description = "Whether the native containers are there.";
    };

    virtualisation.containerDepth = mkOption {
      type = types.ints.unsigned;
      default = 0;
      internal = true;
      description = "How many containers the system is inside of; planned addresses follow it.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg != { } && !enabled) {
      warnings = [ "boot.enableContainers is false, so the containers ${toString names} do not exist" ];
    })
    (lib.mkIf (cfg != { } && enabled) {
      assertions = lib.concatLists (
        lib.mapAttrsToList (name: container: [
          {
            assertion =
              container.networkNamespace == null
              || (!container.privateNetwork && container.interfaces == [ ]);
            message = "containers.${name}: networkNamespace excludes privateNetwork and interfaces";
          }
          {
            assertion = container.flake == null;
            message = "containers.${name}.flake is not supported; use config";
          }
        ]) cfg
      );

      systemd.targets.machines = {
        description = "Containers";
        wantedBy = [ "multi-user.target" ];
      };

      systemd.services = lib.mapAttrs' (name: container: {
        name = "container@${name}";
        value = unit name container;
      }) cfg;

      networking.hosts = plan.hosts;

      system.description.containers = lib.mapAttrs describe cfg;
    })
  ];
}
