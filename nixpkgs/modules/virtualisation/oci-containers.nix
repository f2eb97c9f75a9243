# virtualisation.oci-containers: a service for each container, run by docker,
# podman or berth itself.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkOption
    optional
    optionals
    optionalAttrs
    types
    ;
  cfg = config.virtualisation.oci-containers;
  inherit (cfg) backend;
  isPodman = backend == "podman";
  declarations = import ./oci-containers-options.nix { inherit lib; };

  engine =
    {
      docker = [ "docker" ];
      podman = [ "podman" ];
      berth = [
        "/run/berth/berth"
        "container"
      ];
    }
    .${backend};
  enginePath =
    {
      docker = [ config.virtualisation.docker.package ];
      # newuidmap, which a user's podman starts, works from its own place only.
      podman = [
        config.virtualisation.podman.package
        "/usr"
      ];
      berth = [ ];
    }
    .${backend};
  command = import ./oci-containers-command.nix { inherit lib backend engine; };

  resource = kind: name: "${backend}-${kind}-${name}";

  # The declared networks and volumes that a container uses.
  named = lib.splitString ":";
  usedNetworks =
    container:
    lib.filter (name: cfg.networks ? ${name}) (
      lib.unique (map (network: builtins.head (named network)) container.networks)
    );
  usedVolumes =
    container:
    lib.filter (name: cfg.volumes ? ${name}) (
      lib.unique (map (volume: builtins.head (named volume)) container.volumes)
    );
  resourceUnits =
    container:
    map (name: "${resource "network" name}.service") (usedNetworks container)
    ++ map (name: "${resource "volume" name}.service") (usedVolumes container);

  dependencies =
    name: container:
    map (
      other:
      if cfg.containers ? ${other} then
        "${cfg.containers.${other}.serviceName}.service"
      else
        throw (
          "virtualisation.oci-containers.containers.${name}.dependsOn: there is no container \"${other}\";"
          + " declared are: ${toString (builtins.attrNames cfg.containers)}"
        )
    ) container.dependsOn;

  # What a container of podman means to the user who runs it.
  rootless =
    container:
    let
      user = config.users.users.${container.podman.user};
    in
    if !isPodman || container.podman.user == "root" then
      null
    else
      {
        inherit user;
        lingers = user.linger == true;
        manager = optional (user.uid != null) "user@${toString user.uid}.service";
      };

  isLocal = container: container.imageFile != null || container.imageStream != null;

  unit =
    name: container:
    let
      online = optional (!isLocal container) "network-online.target";
      needed = dependencies name container ++ resourceUnits container;
      owner = rootless container;
      ofOwner = attribute: if owner == null then [ ] else owner.${attribute};
      lingering = optional (owner != null && owner.lingers) "linger-users.service";
      preStart = pkgs.writeTextFile {
        name = "pre-start";
        executable = true;
        destination = "/bin/pre-start";
        text = "#!${pkgs.runtimeShell}\nset -e\n${command.preStart name container}";
      };
    in
    {
      description = "Container ${name}, run by ${backend}";
      wantedBy = optional container.autoStart "multi-user.target";
      wants = online ++ lingering ++ ofOwner "manager";
      after =
        optionals (backend == "docker") [
          "docker.service"
          "docker.socket"
        ]
        ++ online
        ++ needed
        ++ lingering
        ++ ofOwner "manager";
      requires = needed ++ optionals (isPodman && container.podman.sdnotify == "healthy") (ofOwner "manager");
      path = enginePath;
      environment =
        config.networking.proxy.envVars or { }
        // optionalAttrs isPodman { PODMAN_SYSTEMD_UNIT = "%n"; }
        // optionalAttrs (owner != null) { HOME = owner.user.home; };
      unitConfig = optionalAttrs (owner != null && owner.user.uid != null) {
        RequiresMountsFor = "/run/user/${toString owner.user.uid}/containers";
      };

      script = command.run name container;
      postStart = command.postStart name container;
      preStop = command.preStop name;
      postStop = command.postStop name;

      serviceConfig = {
        ExecStartPre = [ "${preStart}/bin/pre-start" ];
        TimeoutStartSec = 0;
        TimeoutStopSec = 120;
        Restart = if container.autoStart then "always" else "on-failure";
      }
      // optionalAttrs isPodman {
        Type = "notify";
        NotifyAccess = "all";
        Delegate = true;
        RuntimeDirectory = name;
        User = container.podman.user;
      }
      // optionalAttrs (!isPodman && container.secrets != { }) {
        RuntimeDirectory = "oci-secrets/${container.serviceName}";
        RuntimeDirectoryMode = "0700";
      }
      // optionalAttrs (backend == "berth") {
        Type = "notify";
        Delegate = true;
        KillMode = "mixed";
      };
    };

  # Started when a container needs it, stopped when none does any more.
  resourceUnit =
    kind: create: name: options:
    lib.nameValuePair (resource kind name) {
      description = "${lib.toSentenceCase kind} ${name} of ${backend}";
      after = optionals (backend == "docker") [
        "docker.service"
        "docker.socket"
      ];
      unitConfig.StopWhenUnneeded = true;
      path = enginePath;
      script = create name options;
      preStop = lib.mkIf options.removeOnStop (command.remove kind name);
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
    };

  containers = builtins.attrValues cfg.containers;
  each = lib.mapAttrsToList;
  hasLimits = container: lib.any (value: value != null) (builtins.attrValues container.limits);

  assertionsOf =
    name: container:
    let
      option = "virtualisation.oci-containers.containers.${name}";
      owner = rootless container;
    in
    [
      {
        assertion = builtins.match "[a-zA-Z0-9][a-zA-Z0-9_.-]*" name != null;
        message = "${option}: a container's name has letters, digits, '_', '.' and '-', and begins with a letter or digit";
      }
      {
        assertion = container.imageFile == null || container.imageStream == null;
        message = "${option}: imageFile and imageStream exclude each other";
      }
      {
        assertion = isPodman || container.podman == null;
        message = "${option}.podman must be null: the backend is ${backend}";
      }
      {
        assertion = container.readiness != "healthy" || container.healthCheck != null;
        message = "${option}: readiness is \"healthy\", but there is no healthCheck";
      }
      {
        assertion = backend == "podman" || container.pull != "newer";
        message = "${option}.pull: ${backend} knows always, missing and never";
      }
      {
        assertion = owner == null || container.podman.sdnotify != "healthy" || owner.user.uid != null;
        message = "${option}: podman.sdnotify = \"healthy\" needs users.users.${container.podman.user}.uid to be set";
      }
    ];

  warningsOf =
    name: container:
    let
      owner = rootless container;
    in
    optional (owner != null && !owner.lingers) (
      "virtualisation.oci-containers.containers.${name}.podman.user: "
      + "set users.users.${container.podman.user}.linger = true, or the container ends with the user's last session"
    );
in
{
  imports = [
    (lib.mkChangedOptionModule [ "docker-containers" ] [ "virtualisation" "oci-containers" ] (
      old: {
        backend = "docker";
        containers = lib.mapAttrs (
          _: container:
          removeAttrs (container // { extraOptions = container.extraDockerOptions or [ ]; }) [
            "extraDockerOptions"
          ]
        ) old.docker-containers;
      }
    ))
  ];

  options.virtualisation.oci-containers = {
    backend = mkOption {
      type = types.enum [
        "podman"
        "docker"
        "berth"
      ];
      default = if lib.versionAtLeast config.system.stateVersion "22.05" then "podman" else "docker";
      defaultText = lib.literalExpression ''if versionAtLeast system.stateVersion "22.05" then "podman" else "docker"'';
      description = "Who runs the containers; with berth nothing is installed.";
    };
    command = mkOption {
      type = types.str;
      readOnly = true;
      default = lib.escapeShellArgs engine;
      defaultText = lib.literalExpression "the backend's name";
      description = "The backend's command, for scripts that use it: `\${config.virtualisation.oci-containers.command} exec db psql`.";
    };
    package = mkOption {
      type = types.nullOr types.package;
      readOnly = true;
      default = if backend == "berth" then null else builtins.head enginePath;
      defaultText = lib.literalExpression "the backend's package";
      description = "The package of that command; null where none is needed.";
    };
    containers = mkOption {
      type = types.attrsOf (types.submodule (declarations.container { inherit backend; }));
      default = { };
      description = "Containers, by name.";
    };
    networks = mkOption {
      type = types.attrsOf (types.submodule declarations.network);
      default = { };
      example = lib.literalExpression "{ backend.internal = true; }";
      description = "Networks that containers name, made before the first of them starts.";
    };
    volumes = mkOption {
      type = types.attrsOf (types.submodule declarations.volume);
      default = { };
      example = lib.literalExpression "{ database = { }; }";
      description = "Volumes that containers name, made before the first of them starts.";
    };
  };

  config = lib.mkIf (cfg.containers != { }) (
    lib.mkMerge [
      {
        systemd.services =
          lib.mapAttrs' (
            name: container: lib.nameValuePair container.serviceName (unit name container)
          ) cfg.containers
          // lib.mapAttrs' (resourceUnit "network" command.createNetwork) cfg.networks
          // lib.mapAttrs' (resourceUnit "volume" command.createVolume) cfg.volumes;

        assertions = lib.concatLists (each assertionsOf cfg.containers);
        warnings = lib.concatLists (each warningsOf cfg.containers);
      }
      (lib.mkIf (backend == "docker") { virtualisation.docker.enable = true; })
      (lib.mkIf isPodman {
        virtualisation.podman.enable = true;
        systemd.needsLogin = lib.mkIf (lib.any (container: rootless container != null) containers) true;
        # The names of a network's containers are served at its bridge.
        networking.firewall.interfaces = lib.mapAttrs' (
          _: network:
          lib.nameValuePair network.interface {
            allowedUDPPorts = [ 53 ];
            allowedTCPPorts = [ 53 ];
          }
        ) cfg.networks;
      })
      (lib.mkIf (backend == "berth" && lib.any hasLimits containers) {
        system.description.needsControllers = true;
      })
    ]
  );
}
