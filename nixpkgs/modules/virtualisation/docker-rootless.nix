# virtualisation.docker.rootless: a dockerd for each user, without root.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag;
  cfg = config.virtualisation.docker.rootless;
  json = pkgs.formats.json { };
in
{
  options.virtualisation.docker.rootless = {
    enable = flag false "Whether every user has a dockerd in the user's own service manager.";
    setSocketVariable = flag false "Whether DOCKER_HOST of login shells names the user's own dockerd.";
    daemon.settings = mkOption {
      inherit (json) type;
      default = { };
      example = {
        ipv6 = true;
      };
      description = "The content of daemon.json.";
    };
    package = lib.mkPackageOption pkgs "docker" { };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose programs dockerd finds.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.extraInit = lib.optionalString cfg.setSocketVariable ''
      if [ -z "$DOCKER_HOST" -a -n "$XDG_RUNTIME_DIR" ]; then
        export DOCKER_HOST="unix://$XDG_RUNTIME_DIR/docker.sock"
      fi
    '';
    system.description.needsControllers = true;
    systemd.needsLogin = true;

    systemd.user.services.docker = {
      description = "Docker Application Container Engine (Rootless)";
      wantedBy = [ "default.target" ];
      # newuidmap must be the set-id one.
      path = [
        "/usr"
        cfg.package
        pkgs.containerd
        pkgs.runc
        pkgs.debian.rootlesskit
        pkgs.slirp4netns
        pkgs.fuse-overlayfs
        pkgs.iproute2
        pkgs.iptables
        pkgs.shadow
      ]
      ++ cfg.extraPackages;
      unitConfig = {
        ConditionUser = "!root";
        StartLimitInterval = "60s";
      };
      serviceConfig = {
        Type = "notify";
        ExecStart = "/usr/share/docker.io/contrib/dockerd-rootless.sh --config-file=${json.generate "daemon.json" cfg.daemon.settings}";
        ExecReload = "${pkgs.procps}/bin/kill -s HUP $MAINPID";
        TimeoutSec = 0;
        RestartSec = 2;
        Restart = "always";
        StartLimitBurst = 3;
        LimitNOFILE = "infinity";
        LimitNPROC = "infinity";
        LimitCORE = "infinity";
        Delegate = true;
        NotifyAccess = "all";
        KillMode = "mixed";
      };
    };
  };
}
