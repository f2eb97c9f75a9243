# The service manager itself: default target, packages with units, limits.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted lines;
  unitTypes = import ./types.nix { inherit lib; };
  cfg = config.systemd;

  line = key: value: "${key}=${if builtins.isBool value then lib.boolToString value else toString value}\n";
  managerText =
    "[Manager]\n"
    + lib.concatStrings (
      lib.mapAttrsToList (key: value: lib.concatMapStrings (line key) (lib.toList value)) cfg.settings.Manager
    )
    + cfg.extraConfig;

  # Settings that bound a unit: they need a view of the resource controllers.
  limits = [
    "MemoryMax"
    "MemoryHigh"
    "MemoryLow"
    "MemoryMin"
    "MemorySwapMax"
    "CPUQuota"
    "CPUWeight"
    "TasksMax"
    "IOWeight"
    "AllowedCPUs"
  ];
  hasLimit = keys: lib.any (limit: keys ? ${limit}) limits;
  limited =
    lib.any (service: hasLimit service.serviceConfig) (builtins.attrValues cfg.services)
    || lib.any (slice: hasLimit slice.sliceConfig) (builtins.attrValues cfg.slices);
in
{
  options.systemd = {
    package = mkOption {
      type = types.package;
      default = pkgs.systemd;
      defaultText = lib.literalExpression "pkgs.systemd";
      description = "The systemd package.";
    };
    defaultUnit = mkOption {
      type = unitTypes.unitName;
      default = "multi-user.target";
      description = "The unit that boot aims at.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages whose units are made available; enable them with wantedBy.";
    };
    extraConfig = lines "Lines of the manager's configuration.";
    settings.Manager = mkOption {
      type = unitTypes.settings;
      default = { };
      example = {
        DefaultTimeoutStartSec = "30s";
      };
      description = "Settings of the manager.";
    };
    suppressedSystemUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Units of systemd that must not start.";
    };
    maskedUnits = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      description = "Units of packages that must not start.";
    };
    enableEmergencyMode = mkOption {
      type = types.bool;
      default = true;
      description = "Accepted: a machine has no console to show an emergency shell on.";
    };
    coredump = accepted "Accepted: core dumps are up to the host.";
    oomd = accepted "Accepted and not used.";
    network = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf types.anything;
        options.enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether systemd-networkd configures the links; berth does it from outside.";
        };
      };
      default = { };
      description = "Accepted: links are configured from outside.";
    };
    sysusers.enable = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted: accounts are made before the manager starts.";
    };
  };

  options.services.journald = {
    extraConfig = lines "Lines of journald.conf.";
    storage = mkOption {
      type = types.enum [
        "persistent"
        "volatile"
        "auto"
        "none"
      ];
      default = "persistent";
      description = "Where the journal is kept.";
    };
  };

  options.services.logind = accepted "Accepted and not used.";

  config = {
    environment.etc =
      lib.optionalAttrs (cfg.extraConfig != "" || cfg.settings.Manager != { }) {
        "systemd/system.conf.d/50-nixos.conf".text = managerText;
      }
      // lib.optionalAttrs (config.services.journald.extraConfig != "") {
        "systemd/journald.conf.d/50-nixos.conf".text = "[Journal]\n${config.services.journald.extraConfig}";
      };

    system.description =
      lib.optionalAttrs (cfg.defaultUnit != "multi-user.target") { inherit (cfg) defaultUnit; }
      // lib.optionalAttrs (cfg.packages != [ ]) { unitPackages = map (package: "${package}") cfg.packages; }
      // lib.optionalAttrs (cfg.suppressedSystemUnits ++ cfg.maskedUnits != [ ]) {
        maskedUnits = cfg.suppressedSystemUnits ++ cfg.maskedUnits;
      }
      // lib.optionalAttrs limited { needsControllers = true; };
  };
}
