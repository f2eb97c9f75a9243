# fileSystems and swapDevices: a machine has its root already; what is left are
# temporary file systems and binds.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted;

  entry =
    { name, config, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether it is mounted.";
        };
        mountPoint = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "Where it is mounted.";
        };
        device = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "What is mounted.";
        };
        label = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The label of the device.";
        };
        fsType = mkOption {
          type = types.str;
          default = "auto";
          description = "The type of file system.";
        };
        options = mkOption {
          type = types.listOf types.str;
          default = [ "defaults" ];
          description = "Mount options.";
        };
        depends = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Paths that must be mounted before.";
        };
        neededForBoot = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted for compatibility.";
        };
        autoFormat = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted for compatibility.";
        };
        autoResize = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted for compatibility.";
        };
        noCheck = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted for compatibility.";
        };
      };
    };

  mountable =
    fs: fs.enable && (fs.fsType == "tmpfs" || lib.elem "bind" fs.options) && fs.mountPoint != "/";

  mounted = lib.filter mountable (builtins.attrValues config.fileSystems);
in
{
  options = {
    fileSystems = mkOption {
      type = types.attrsOf (types.submodule entry);
      default = { };
      example = lib.literalExpression ''{ "/scratch" = { device = "tmpfs"; fsType = "tmpfs"; }; }'';
      description = ''
        File systems. A machine mounts tmpfs and bind mounts; devices belong to
        a computer and are accepted without effect.
      '';
    };

    swapDevices = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      description = "Accepted: swapping is up to the host.";
    };

    zramSwap = accepted "Accepted: swapping is up to the host.";
  };

  config.systemd.mounts = map (fs: {
    what = if fs.device != null then fs.device else "tmpfs";
    where = fs.mountPoint;
    type = if lib.elem "bind" fs.options then "none" else fs.fsType;
    options = lib.concatStringsSep "," fs.options;
    wantedBy = [ "local-fs.target" ];
    before = [ "local-fs.target" ];
    unitConfig.DefaultDependencies = false;
  }) mounted;
}
