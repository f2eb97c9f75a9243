# The shell text by which the units of virtualisation.oci-containers use an
# engine: run, load, log in, stop, wait.
{
  lib,
  backend,
  # The engine's command as words.
  engine,
}:
let
  inherit (lib)
    concatMap
    concatMapStringsSep
    escapeShellArg
    escapeShellArgs
    mapAttrsToList
    optional
    optionals
    optionalString
    ;

  call = arguments: escapeShellArgs (engine ++ arguments);
  isPodman = backend == "podman";

  stateDirectory = name: "/run/${name}";
  cidFile = name: "${stateDirectory name}/ctr-id";

  # Secrets are copied to where only the engine's user and the container look.
  secretDirectory =
    name: container:
    if isPodman then "${stateDirectory name}/secrets" else "/run/oci-secrets/${container.serviceName}";
  variables = container: lib.filterAttrs (_: secret: secret.variable != null) container.secrets;
  files = container: lib.filterAttrs (_: secret: secret.variable == null) container.secrets;
  secretFile = name: container: secret: "${secretDirectory name container}/${secret}";
  variableFile = name: container: secretFile name container ".environment";

  given = flag: value: optional (value != null) "${flag}=${toString value}";
  each = flag: concatMap (value: [ flag value ]);
  pairs = flag: set: each flag (mapAttrsToList (name: value: "${name}=${value}") set);

  health =
    check:
    optionals (check != null) [
      "--health-cmd=${check.command}"
      "--health-interval=${check.interval}"
      "--health-timeout=${check.timeout}"
      "--health-retries=${toString check.retries}"
      "--health-start-period=${check.startPeriod}"
    ];

  forPodman =
    name: container:
    optionals isPodman [
      "--cidfile=${cidFile name}"
      "--cgroups=enabled"
      "--sdnotify=${container.podman.sdnotify}"
      "-d"
      "--replace"
    ];

  # berth tells the service manager itself when the container is ready.
  forBerth = container: optionals (backend == "berth" && container.readiness == "healthy") [ "--sdnotify=healthy" ];

  capabilities =
    flag: wanted: set:
    map (name: "${flag}=${name}") (
      builtins.attrNames (lib.filterAttrs (_: value: value == wanted) set)
    );

  arguments =
    name: container:
    container.preRunExtraOptions
    ++ [
      "run"
      "--name=${name}"
      "--log-driver=${container.log-driver}"
    ]
    ++ given "--entrypoint" container.entrypoint
    ++ given "--hostname" container.hostname
    ++ forPodman name container
    ++ forBerth container
    ++ pairs "-e" container.environment
    ++ each "--env-file" (map toString container.environmentFiles)
    ++ each "--env-file" (optional (variables container != { }) (variableFile name container))
    ++ each "-p" container.ports
    ++ optionals (container.user != null) [
      "-u"
      container.user
    ]
    ++ each "-v" container.volumes
    ++ each "-v" (
      mapAttrsToList (secret: value: "${secretFile name container secret}:${value.target}:ro") (files container)
    )
    ++ pairs "-l" container.labels
    ++ optionals (container.workdir != null) [
      "-w"
      container.workdir
    ]
    ++ optional container.privileged "--privileged"
    ++ optional container.autoRemoveOnStop "--rm"
    ++ capabilities "--cap-add" true container.capabilities
    ++ capabilities "--cap-drop" false container.capabilities
    ++ map (device: "--device=${device}") container.devices
    ++ map (network: "--network=${network}") (lib.unique container.networks)
    ++ health container.healthCheck
    ++ given "--memory" container.limits.memory
    ++ given "--cpus" container.limits.cpus
    ++ given "--pids-limit" container.limits.pids
    ++ [
      "--pull"
      container.pull
    ]
    ++ container.extraOptions
    ++ [ container.image ]
    ++ container.cmd;

  lines = concatMapStringsSep " \\\n  " escapeShellArg;

  hasLogin =
    login: login.username != null && login.passwordFile != null && login.registry != null;

  # A registry that is down does not matter when the image is here.
  logIn =
    container:
    let
      login = container.login;
      command = call [
        "login"
        login.registry
        "--username"
        login.username
        "--password-stdin"
      ];
    in
    optionalString (hasLogin login) ''
      if ! ${command} < ${escapeShellArg login.passwordFile}; then
        if ! ${call [ "image" "inspect" container.image ]} > /dev/null 2>&1; then
          echo ${escapeShellArg "image ${container.image} is not here, and logging in to ${login.registry} failed"} >&2
          exit 1
        fi
      fi
    '';

  # berth remembers what it has loaded: paths of the store never change.
  loadFile =
    file:
    call (
      [ "load" ]
      ++ optional (backend == "berth") "--once"
      ++ [
        "-i"
        file
      ]
    )
    + "\n";
  loadStream =
    program:
    if backend == "berth" then
      call [
        "load"
        "--once"
        "--stream"
        program
      ]
      + "\n"
    else
      "${escapeShellArg program} | ${call [ "load" ]}\n";

  copySecret =
    name: container: secret: value:
    escapeShellArgs (
      [
        "install"
        "-m"
        value.mode
      ]
      ++ optionals (value.user != 0) [
        "-o"
        (toString value.user)
      ]
      ++ [
        value.file
        (secretFile name container secret)
      ]
    )
    + "\n";

  # A variable has one line: what an environment file can hold.
  writeVariable = name: container: _: secret: ''
    printf '%s=%s\n' ${escapeShellArg secret.variable} "$(head -n 1 ${escapeShellArg secret.file})" >> ${escapeShellArg (variableFile name container)}
  '';

  copySecrets =
    name: container:
    let
      directory = escapeShellArg (secretDirectory name container);
      all = write: secrets: lib.concatStrings (mapAttrsToList (write name container) secrets);
    in
    optionalString (container.secrets != { }) ''
      rm -rf ${directory}/*
      umask 077
      mkdir -p ${directory}
      ${all copySecret (files container)}${all writeVariable (variables container)}'';
in
{
  run = name: container: "exec ${lines (engine ++ arguments name container)}\n";

  preStart = name: container: ''
    set -u -o pipefail
    ${call [ "rm" "-f" name ]} > /dev/null 2>&1 || true
    ${logIn container}${
      optionalString (container.imageFile != null) (loadFile "${container.imageFile}")
    }${
      optionalString (container.imageStream != null) (loadStream "${container.imageStream}")
    }${
      optionalString isPodman ''
        rm -f ${escapeShellArg (cidFile name)}
      ''
    }${copySecrets name container}'';

  # Docker's units count as started when the client does; this makes them wait.
  postStart =
    name: container:
    optionalString (backend == "docker" && container.readiness != null) ''
      while kill -0 "$MAINPID" 2> /dev/null; do
        case "$(${
          call [
            "container"
            "inspect"
            "--format={{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{end}}"
            name
          ]
        } 2> /dev/null)" in
          ${if container.readiness == "healthy" then "'running healthy'" else "running*"}) exit 0 ;;
          'running unhealthy')
            echo ${escapeShellArg "container ${name} runs, but its health check fails"} >&2
            exit 1 ;;
        esac
        sleep 0.1
      done
      echo ${escapeShellArg "container ${name} ended before it was ready"} >&2
      exit 1
    '';

  preStop =
    name:
    if isPodman then
      call [ "stop" "--ignore" "--cidfile=${cidFile name}" ]
    else
      "${call [ "stop" name ]} || true";

  postStop =
    name:
    if isPodman then
      call [ "rm" "-f" "--ignore" "--cidfile=${cidFile name}" ]
    else
      # Mostly the engine has done so already.
      "${call [ "rm" "-f" name ]} > /dev/null 2>&1 || true";

  createNetwork =
    name: network:
    let
      bridge =
        {
          docker = [
            "-o"
            "com.docker.network.bridge.name=${network.interface}"
          ];
          podman = [ "--interface-name=${network.interface}" ];
          berth = [ "--interface-name=${network.interface}" ];
        }
        .${backend};
      create = [
        "network"
        "create"
        "--driver=${network.driver}"
      ]
      ++ optionals (network.driver == "bridge") bridge
      ++ given "--subnet" network.subnet
      ++ given "--gateway" network.gateway
      ++ given "--ip-range" network.ipRange
      ++ optional network.internal "--internal"
      ++ optional network.ipv6 "--ipv6"
      ++ pairs "--label" network.labels
      ++ network.extraOptions
      ++ [ name ];
    in
    ''
      ${call [ "network" "inspect" name ]} > /dev/null 2>&1 || ${call create}
    '';

  createVolume =
    name: volume:
    let
      create = [
        "volume"
        "create"
        "--driver=${volume.driver}"
      ]
      ++ pairs "--opt" volume.driverOptions
      ++ pairs "--label" volume.labels
      ++ volume.extraOptions
      ++ [ name ];
    in
    ''
      ${call [ "volume" "inspect" name ]} > /dev/null 2>&1 || ${call create}
    '';

  remove = kind: name: "${call [ kind "rm" name ]} || true";
}
