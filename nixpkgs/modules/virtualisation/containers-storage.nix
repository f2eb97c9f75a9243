# virtualisation.containers: the files below /etc/containers that podman,
# buildah and skopeo share.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag strings;
  cfg = config.virtualisation.containers;
  toml = pkgs.formats.toml { };

  settings =
    description:
    mkOption {
      inherit (toml) type;
      default = { };
      inherit description;
    };

  # What engines accept when nobody says otherwise: images of any origin.
  anyOrigin = {
    default = [ { type = "insecureAcceptAnything"; } ];
    transports.docker-daemon."" = [ { type = "insecureAcceptAnything"; } ];
  };
in
{
  options.virtualisation.containers = {
    enable = flag false "Whether the files that container engines share are written.";
    containersConf.settings = settings "The content of containers.conf.";
    storage.settings = settings "The content of storage.conf.";
    registries = {
      search = strings "Registries that are asked for images whose name has none." // {
        default = [
          "docker.io"
          "quay.io"
        ];
      };
      insecure = strings "Registries that are reached without encryption.";
      block = strings "Registries that are never asked.";
    };
    policy = mkOption {
      type = types.attrs;
      default = { };
      example = lib.literalExpression ''{ default = [ { type = "reject"; } ]; }'';
      description = "The content of policy.json: whose images are accepted.";
    };
  };

  config = lib.mkIf cfg.enable {
    virtualisation.containers.containersConf.settings = {
      engine.init_path = lib.mkDefault "${pkgs.catatonit}/bin/catatonit";
      network.cni_plugin_dirs = lib.mkDefault [ "/usr/lib/cni" ];
    };
    virtualisation.containers.storage.settings.storage = {
      driver = lib.mkDefault "overlay";
      graphroot = lib.mkDefault "/var/lib/containers/storage";
      runroot = lib.mkDefault "/run/containers/storage";
    };

    environment.etc = {
      "containers/containers.conf".source = toml.generate "containers.conf" cfg.containersConf.settings;
      "containers/storage.conf".source = toml.generate "storage.conf" cfg.storage.settings;
      "containers/registries.conf".source = toml.generate "registries.conf" {
        registries = lib.mapAttrs (_: registries: { inherit registries; }) cfg.registries;
      };
      "containers/policy.json".text = builtins.toJSON (if cfg.policy == { } then anyOrigin else cfg.policy);
    };
  };
}
