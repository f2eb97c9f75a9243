# One container for each promise of virtualisation.oci-containers.
{ backend }:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  image = import ./image.nix { inherit pkgs; };
  hostile = import ./hostile.nix;
  # The first process of a container ignores TERM unless it says otherwise.
  serve = port: "trap 'exit 0' TERM; httpd -f -p ${toString port} -h /www & wait";
  rest = "trap 'exit 0' TERM; sleep 1000 & wait";
  # Every container reports what it sees to /report, which is outside.
  container =
    settings:
    {
      image = "conformance:1";
      imageFile = image;
      pull = "never";
    }
    // settings;
  reporting =
    name: text: settings:
    container (
      settings
      // {
        volumes = [ "/srv/report:/report" ] ++ settings.volumes or [ ];
        cmd = [ "(${text}) > /report/${name}.new 2>&1; mv /report/${name}.new /report/${name}; ${rest}" ];
      }
    );
in
{
  networking.firewall.allowedTCPPorts = [ 8080 ];

  virtualisation.oci-containers = {
    inherit backend;

    containers = {
      host-network = container {
        cmd = [ (serve 8080) ];
        extraOptions = [ "--network=host" ];
      };

      # The image's own command, behind a published port, from a stream.
      published = {
        image = "conformance:1";
        imageStream = pkgs.writeShellScript "stream" "exec cat ${image}";
        ports = [
          "8081:80"
          "127.0.0.1:8082:80"
        ];
        volumes = [ "/srv/www:/www:ro" ];
      };

      settings = reporting "settings" "id -u; id -g; pwd; hostname; cat /proc/1/environ" {
        user = "www";
        workdir = "/tmp";
        hostname = "inside";
        environment = {
          REPLACED = "yes";
          HOSTILE = hostile.value;
        };
        environmentFiles = [ "/srv/environment" ];
        labels.hostile = hostile.value;
      };

      # The image's entry point is replaced; arguments arrive as they are.
      arguments = container {
        entrypoint = "/bin/sh";
        volumes = [ "/srv/report:/report" ];
        cmd = [
          "-c"
          ''for argument; do printf '%s\0' "$argument"; done > /report/arguments; ${rest}''
          "sh"
        ]
        ++ hostile.arguments;
      };

      database = container {
        cmd = [ "sleep 2; touch /tmp/ready; ${serve 80}" ];
        networks = [ "backend" ];
        volumes = [ "kept:/kept" ];
        healthCheck = {
          command = "test -e /tmp/ready";
          interval = "2s";
          startPeriod = "30s";
        };
      };
      api = reporting "api" "wget -q -O - http://database/" {
        networks = [ "backend" ];
        dependsOn = [ "database" ];
      };

      limited =
        reporting "limited"
          ''cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null
            cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2> /dev/null''
          {
            limits = {
              memory = "64m";
              pids = 50;
              cpus = 0.5;
            };
          };

      secret = reporting "secret" ''cat /run/secrets/password /elsewhere; printf '%s\n' "$TOKEN"; stat -c %a:%u /elsewhere'' {
        secrets = {
          password.file = "/srv/password";
          other = {
            file = "/srv/password";
            target = "/elsewhere";
            mode = "0440";
            user = 33;
          };
          token = {
            file = "/srv/password";
            variable = "TOKEN";
          };
        };
      };

      capabilities = reporting "capabilities" "grep CapEff /proc/self/status" {
        capabilities = {
          NET_ADMIN = true;
          CHOWN = false;
        };
      };

      # Ends once, by itself, and with an error; the unit decides what follows.
      once = container {
        autoStart = false;
        cmd = [ "echo ran once" ];
      };
      failing = container {
        autoStart = false;
        cmd = [ "exit 3" ];
      };
    };

    networks.backend = { };
    volumes.kept = { };
  };

  # Users order their own units around those of containers.
  systemd.services.before-api = {
    wantedBy = [ "multi-user.target" ];
    after = [ "${backend}-database.service" ];
    before = [ "${backend}-api.service" ];
    serviceConfig = {
      Type = "oneshot";
      RemainAfterExit = true;
    };
    path = lib.optional (config.virtualisation.oci-containers.package != null) config.virtualisation.oci-containers.package;
    script = ''
      ${config.virtualisation.oci-containers.command} exec database test -e /tmp/ready
    '';
  };
  systemd.services."${backend}-failing".serviceConfig.Restart = lib.mkForce "no";

  environment.etc."berth-test/command".text = config.virtualisation.oci-containers.command;

  systemd.tmpfiles.rules = [
    "d /srv/report 0777"
    "d /srv/www"
    "f /srv/www/index.html - - - - from the volume"
    "f /srv/environment - - - - FROM_FILE=a b"
    "f /srv/password 0600 - - - correct horse"
  ];
}
