# The options of virtualisation.oci-containers: containers, and the networks
# and volumes that they share.
{ lib }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag nullable strings;

  attributes =
    type: description:
    mkOption {
      type = types.attrsOf type;
      default = { };
      inherit description;
    };

  # Names that every engine takes.
  resourceName = types.strMatching "[a-zA-Z0-9][a-zA-Z0-9_.-]*";

  secret =
    { name, ... }:
    {
      options = {
        file = mkOption {
          type = types.str;
          example = "/run/secrets/database";
          description = ''
            The file with the secret, outside. It is read when the container
            starts: neither the store nor the unit nor a command line has it.
          '';
        };
        target = mkOption {
          type = types.str;
          default = "/run/secrets/${name}";
          defaultText = lib.literalExpression ''"/run/secrets/<name>"'';
          description = "Where the container finds it.";
        };
        variable = nullable types.str ''
          The variable whose value the secret is, instead of a file. Who may ask
          the engine about the container sees it.
        '';
        mode = mkOption {
          type = types.strMatching "[0-7]{3,4}";
          default = "0400";
          description = "The mode of the file inside.";
        };
        user = mkOption {
          type = types.ints.u32;
          default = 0;
          description = "The number of the file's owner inside.";
        };
      };
    };

  healthCheck = {
    options = {
      command = mkOption {
        type = types.str;
        example = "pg_isready --quiet";
        description = "Shell text that succeeds inside when the container is well.";
      };
      interval = mkOption {
        type = types.str;
        default = "30s";
        description = "The time between two runs.";
      };
      timeout = mkOption {
        type = types.str;
        default = "30s";
        description = "How long one run may take.";
      };
      retries = mkOption {
        type = types.ints.positive;
        default = 3;
        description = "How many runs must fail, one after the other, for the container to be unwell.";
      };
      startPeriod = mkOption {
        type = types.str;
        default = "0s";
        description = "The time after the start in which failures do not count.";
      };
    };
  };

  podman = {
    options = {
      sdnotify = mkOption {
        type = types.enum [
          "conmon"
          "healthy"
          "container"
        ];
        default = "conmon";
        description = ''
          When the unit is ready: conmon, as soon as the container runs;
          healthy, as soon as its health check passes; container, when the
          process inside says so.
        '';
      };
      user = mkOption {
        type = types.str;
        default = "root";
        description = "The user, outside, who runs the container.";
      };
    };
  };
in
{
  network =
    { name, ... }:
    {
      options = {
        driver = mkOption {
          type = types.str;
          default = "bridge";
          description = "The kind of network.";
        };
        subnet = nullable types.str "Its addresses, such as 10.89.7.0/24; null lets the engine choose.";
        gateway = nullable types.str "The address of the system in it.";
        ipRange = nullable types.str "The part of the subnet that containers get addresses from.";
        internal = flag false "Whether the network leads nowhere else.";
        ipv6 = flag false "Whether it has IPv6 addresses, too.";
        interface = mkOption {
          type = types.strMatching "[^ /:]{1,15}";
          default =
            let
              plain = "oci-${name}";
            in
            if builtins.stringLength plain <= 15 then
              plain
            else
              "oci-${builtins.substring 0 11 (builtins.hashString "sha256" name)}";
          defaultText = lib.literalExpression ''"oci-<name>"'';
          description = "The name of its bridge.";
        };
        labels = attributes types.str "Labels of the network.";
        extraOptions = strings "Further arguments of `network create`.";
        removeOnStop = flag true "Whether the network goes when no container uses it any more.";
      };
    };

  volume = {
    options = {
      driver = mkOption {
        type = types.str;
        default = "local";
        description = "The kind of volume.";
      };
      driverOptions = attributes types.str "Settings of the driver.";
      labels = attributes types.str "Labels of the volume.";
      extraOptions = strings "Further arguments of `volume create`.";
      removeOnStop = flag false ''
        Whether the volume and all that is in it goes when no container uses it
        any more.
      '';
    };
  };

  container =
    { backend }:
    { name, config, ... }:
    {
      options = {
        image = mkOption {
          type = types.str;
          example = "library/hello-world";
          description = "The image.";
        };
        imageFile = nullable types.package ''
          An archive of the image, loaded before every start. The image's name
          and tag in it must be those of `image`.
        '';
        imageStream = nullable types.package ''
          A program that prints such an archive.
        '';
        pull = mkOption {
          type = types.enum [
            "always"
            "missing"
            "never"
            "newer"
          ];
          default = "missing";
          description = "When the registry is asked for the image; docker has no `newer`.";
        };
        serviceName = mkOption {
          type = types.str;
          default = "${backend}-${name}";
          defaultText = lib.literalExpression ''"<backend>-<name>"'';
          description = "The name of the unit, without suffix.";
        };
        autoStart = flag true "Whether the container starts at boot and again whenever it ends.";
        autoRemoveOnStop = flag true "Whether the engine forgets the container when it ends.";
        cmd = strings "The arguments of the image's entry point." // {
          example = [ "--port=9000" ];
        };
        entrypoint = nullable types.str "The program instead of the image's.";
        environment = attributes types.str "Variables inside.";
        environmentFiles = mkOption {
          type = types.listOf types.path;
          default = [ ];
          description = "Files outside with lines NAME=value.";
        };
        secrets = mkOption {
          type = types.attrsOf (types.submodule secret);
          default = { };
          description = "Secrets that the container gets from files.";
        };
        ports = strings "Ports of the system that lead inside: [[address:]port:]port[/protocol]." // {
          example = [ "8080:9000" ];
        };
        volumes = strings "What of the system, or which volumes, the container sees: source:target[:options]." // {
          example = [ "/srv/data:/data:ro" ];
        };
        user = nullable types.str "Who the process is inside: user or number, and perhaps :group.";
        workdir = nullable types.str "The working directory inside.";
        hostname = nullable types.str "The host name inside.";
        labels = attributes types.str "Labels of the container.";
        networks = strings "The networks that the container joins." // {
          example = [ "backend" ];
        };
        dependsOn = strings "Containers that must have started before, and without which this one stops.";
        healthCheck = nullable (types.submodule healthCheck) "How the engine finds out whether the container is well.";
        readiness = mkOption {
          type = types.nullOr (
            types.enum [
              "running"
              "healthy"
            ]
          );
          default = if config.healthCheck == null then null else "healthy";
          defaultText = lib.literalExpression ''if healthCheck == null then null else "healthy"'';
          description = ''
            When the unit counts as started, so that units after it may start:
            the container runs, or its health check passes. null is what the
            engine does by itself: docker's units count as started at once.
          '';
        };
        limits = {
          memory = nullable types.str "How much memory the container may use, such as 512m." // {
            example = "512m";
          };
          cpus = nullable (types.either types.float types.ints.positive) "How many processors it may use." // {
            example = 1.5;
          };
          pids = nullable types.ints.positive "How many processes and threads it may have.";
        };
        log-driver = mkOption {
          type = types.str;
          default = "journald";
          description = "Where the output goes.";
        };
        login = {
          username = nullable types.str "The name at the registry.";
          passwordFile = nullable types.str "A file outside with the password." // {
            example = "/etc/nixos/dockerhub-password.txt";
          };
          registry = nullable types.str "The registry." // {
            example = "https://docker.pkg.github.com";
          };
        };
        preRunExtraOptions = strings "Further arguments of the engine, before `run`.";
        extraOptions = strings "Further arguments of `run`." // {
          example = [ "--network=host" ];
        };
        capabilities = attributes (types.nullOr types.bool) "Capabilities that the process has (true) or lacks (false)." // {
          example = {
            SYS_ADMIN = true;
          };
        };
        devices = strings "Devices that the process may use: node[:node inside[:rwm]].";
        privileged = flag false "Whether the container may do what the system may.";
        podman = nullable (types.submodule podman) "What only podman has; null with other backends.";
      };

      config.podman = lib.mkIf (backend == "podman") {
        sdnotify = lib.mkIf (config.readiness == "healthy") (lib.mkDefault "healthy");
      };
    };

  inherit resourceName;
}
