# boot.*: what of it means something without a kernel of one's own.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted flag strings;

  sysctlText = value: if builtins.isBool value then (if value then "1" else "0") else toString value;

  set = lib.filterAttrs (_: value: value != null) config.boot.kernel.sysctl;
  networkSettings = lib.mapAttrs (_: sysctlText) (
    lib.filterAttrs (name: _: lib.hasPrefix "net." name) set
  );
in
{
  options.boot = {
    isContainer = flag config.boot.isNspawnContainer ''
      Whether the system runs inside another one, without kernel, devices and
      clock of its own.
    '';
    isNspawnContainer = flag false "Whether the system is a native container.";

    kernel.sysctl = mkOption {
      type = types.attrsOf (
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.str
          ]
        )
      );
      default = { };
      example = {
        "net.ipv4.ip_forward" = 1;
      };
      description = ''
        Kernel settings. Those below net. are the machine's own; all others are
        the host's, and accepted without effect.
      '';
    };

    kernelModules = strings "Kernel modules; the host's kernel must have them.";
    extraModulePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Accepted: a machine has no kernel of its own.";
    };
    blacklistedKernelModules = strings "Accepted: a machine has no kernel of its own.";
    kernelParams = strings "Accepted: a machine has no kernel of its own.";
    supportedFilesystems = mkOption {
      type = types.either (types.listOf types.str) (types.attrsOf types.bool);
      default = [ ];
      description = "Accepted: a machine has no kernel of its own.";
    };
    consoleLogLevel = mkOption {
      type = types.int;
      default = 4;
      description = "Accepted: a machine has no kernel of its own.";
    };
    extraModprobeConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Accepted: a machine has no kernel of its own.";
    };
    kernelPackages = mkOption {
      type = types.raw;
      default = {
        kernel = {
          pname = "linux";
          version = "6.12";
        };
      };
      description = "Accepted: a machine runs on the host's kernel.";
    };
    loader = accepted "Accepted: a machine has no boot loader.";
    initrd = accepted "Accepted: a machine has no initial RAM disk.";
    plymouth = accepted "Accepted: a machine has no screen.";
    growPartition = flag false "Accepted: a machine has no partitions.";

    tmp = {
      cleanOnBoot = flag false "Whether /tmp is emptied at boot; a machine's always is.";
      useTmpfs = flag false "Whether /tmp is in memory.";
      tmpfsSize = mkOption {
        type = types.either types.str types.ints.positive;
        default = "50%";
        description = "How large /tmp in memory may become.";
      };
    };
  };

  options.hardware = accepted "Accepted: a machine has no hardware of its own.";

  options.powerManagement = accepted "Accepted: a machine has no power management.";

  config = {
    system.description =
      lib.optionalAttrs config.boot.isContainer { isContainer = true; }
      // {
        network = lib.optionalAttrs (networkSettings != { }) { sysctl = networkSettings; };
      };
  };
}
