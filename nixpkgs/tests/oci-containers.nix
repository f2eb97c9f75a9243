# virtualisation.oci-containers: command lines, units, what is refused.
{ lib, evaluate, ... }:
let
  service =
    backend: options:
    (evaluate {
      virtualisation.oci-containers = {
        inherit backend;
        containers.web = {
          image = "image:1";
        }
        // options;
      };
    }).systemd.services."${backend}-web";

  # The words of a command line, one a line in the script.
  words = text: map plain (lib.splitString " \\\n  " (lib.removeSuffix "\n" text));
  plain = word: if builtins.match "'[^']*'" word == null then word else lib.removePrefix "'" (lib.removeSuffix "'" word);
  run = backend: options: words (service backend options).script;

  everything = {
    preRunExtraOptions = [ "--debug" ];
    entrypoint = "/bin/server";
    hostname = "inside";
    environment = {
      B = "2";
      A = "1";
    };
    environmentFiles = [ "/run/environment" ];
    ports = [ "8080:80" ];
    user = "www";
    volumes = [ "/srv:/srv:ro" ];
    labels.team = "web";
    workdir = "/srv";
    privileged = true;
    capabilities = {
      CHOWN = false;
      NET_ADMIN = true;
      SYS_TIME = null;
    };
    devices = [ "/dev/fuse" ];
    networks = [
      "a"
      "b"
      "a"
    ];
    extraOptions = [ "--init" ];
    cmd = [
      "--port"
      "80"
    ];
  };

  # Everything a shell or an engine could take for something else.
  hostile = "--rm $(id) `id` \"a  b\" 'c' %n \\ ; | & ~";

  refused = option: text: {
    failing =
      (evaluate {
        virtualisation.oci-containers = {
          backend = "docker";
          containers.web = {
            image = "image:1";
          }
          // option;
        };
      }).system.build.toplevel;
    mentions = text;
  };
in
{
  "docker's command line with every option, in order" = {
    value = run "docker" everything;
    expected = [
      "exec docker"
      "--debug"
      "run"
      "--name=web"
      "--log-driver=journald"
      "--entrypoint=/bin/server"
      "--hostname=inside"
      "-e"
      "A=1"
      "-e"
      "B=2"
      "--env-file"
      "/run/environment"
      "-p"
      "8080:80"
      "-u"
      "www"
      "-v"
      "/srv:/srv:ro"
      "-l"
      "team=web"
      "-w"
      "/srv"
      "--privileged"
      "--rm"
      "--cap-add=NET_ADMIN"
      "--cap-drop=CHOWN"
      "--device=/dev/fuse"
      "--network=a"
      "--network=b"
      "--pull"
      "missing"
      "--init"
      "image:1"
      "--port"
      "80"
    ];
  };

  "podman's command line" = {
    value = run "podman" { podman.sdnotify = "healthy"; };
    expected = [
      "exec podman"
      "run"
      "--name=web"
      "--log-driver=journald"
      "--cidfile=/run/web/ctr-id"
      "--cgroups=enabled"
      "--sdnotify=healthy"
      "-d"
      "--replace"
      "--rm"
      "--pull"
      "missing"
      "image:1"
    ];
  };

  "values that look like shell or options are single words" = {
    value = lib.drop 10 (
      run "docker" {
        autoRemoveOnStop = false;
        environment.X = hostile;
        labels.x = hostile;
        volumes = [ hostile ];
        cmd = [
          hostile
          ""
        ];
      }
    );
    expected = [
      "--pull"
      "missing"
      "image:1"
      (lib.escapeShellArg hostile)
      ""
    ];
  };

  "a unit that podman tells when it is ready" = {
    value =
      let
        unit = service "podman" { };
      in
      {
        inherit (unit.serviceConfig) Type NotifyAccess Delegate RuntimeDirectory User Restart TimeoutStopSec;
        inherit (unit) after wants wantedBy requires;
        stop = unit.preStop;
        variable = unit.environment.PODMAN_SYSTEMD_UNIT;
      };
    expected = {
      Type = "notify";
      NotifyAccess = "all";
      Delegate = true;
      RuntimeDirectory = "web";
      User = "root";
      Restart = "always";
      TimeoutStopSec = 120;
      after = [ "network-online.target" ];
      wants = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      requires = [ ];
      stop = "podman stop --ignore '--cidfile=/run/web/ctr-id'";
      variable = "%n";
    };
  };

  "a container that is started by hand" = {
    value =
      let
        unit = service "docker" { autoStart = false; };
      in
      [
        unit.wantedBy
        unit.serviceConfig.Restart
        unit.after
      ];
    expected = [
      [ ]
      "on-failure"
      [
        "docker.service"
        "docker.socket"
        "network-online.target"
      ]
    ];
  };

  "dependencies follow the names of services" = {
    value =
      let
        units =
          (evaluate {
            virtualisation.oci-containers = {
              backend = "docker";
              networks.todo = { };
              containers.db = {
                image = "db:1";
                serviceName = "database";
                networks = [ "todo:ip=10.0.0.1" ];
              };
              containers.api = {
                image = "api:1";
                dependsOn = [ "db" ];
              };
            };
            systemd.services.docker-api.after = [ "setup.service" ];
          }).systemd.services;
      in
      [
        units.docker-api.requires
        (lib.elem "setup.service" units.docker-api.after && lib.elem "database.service" units.docker-api.after)
        units.database.requires
        units.docker-network-todo.unitConfig.StopWhenUnneeded
      ];
    expected = [
      [ "database.service" ]
      true
      [ "docker-network-todo.service" ]
      true
    ];
  };

  "the older name of the module" = {
    value =
      (evaluate {
        docker-containers.web = {
          image = "image:1";
          extraDockerOptions = [ "--init" ];
        };
      }).virtualisation.oci-containers.containers.web.extraOptions;
    expected = [ "--init" ];
  };

  "without containers no engine is there" = {
    value =
      let
        config = evaluate { };
      in
      [
        config.virtualisation.docker.enable
        config.virtualisation.podman.enable
      ];
    expected = [
      false
      false
    ];
  };

  "podman's options with docker" = refused { podman.user = "alice"; } [
    "containers.web.podman must be null: the backend is docker"
  ];

  "a pull policy that docker lacks" = refused { pull = "newer"; } [ "docker knows always, missing and never" ];

  "readiness without a check" = refused { readiness = "healthy"; } [ "there is no healthCheck" ];

  "a dependency that does not exist" = refused { dependsOn = [ "db" ]; } [
    "there is no container \"db\""
    "web"
  ];
}
