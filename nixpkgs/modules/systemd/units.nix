# systemd.{sockets,timers,targets,paths,slices} and raw units.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  unitTypes = import ./types.nix { inherit lib; };
  kinds = import ./kinds.nix { inherit lib pkgs; };
  compact = import ../compact.nix { inherit lib; };
  cfg = config.systemd;

  plural = {
    sockets = "socket";
    timers = "timer";
    targets = "target";
    paths = "path";
    slices = "slice";
  };

  rawUnit = types.submodule {
    options = unitTypes.installOptions // {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the unit exists; false masks it.";
      };
      text = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The whole unit file.";
      };
      overrideStrategy = mkOption {
        type = types.enum [
          "asDropinIfExists"
          "asDropin"
        ];
        default = "asDropinIfExists";
        description = "Whether the text adds to a unit of a package.";
      };
    };
  };

  describeRaw =
    unit:
    compact {
      disabled = !unit.enable;
      inherit (unit)
        text
        wantedBy
        requiredBy
        upheldBy
        aliases
        ;
      overrideStrategy = if unit.overrideStrategy == "asDropin" then "asDropin" else null;
    };
in
{
  options.systemd =
    lib.mapAttrs (
      _: kind:
      mkOption {
        type = kinds.${kind}.type;
        default = { };
        description = "Units of kind ${kind}, by name without suffix.";
      }
    ) plural
    // {
      units = mkOption {
        type = types.attrsOf rawUnit;
        default = { };
        description = "Units as text, by file name.";
      };
    };

  config.system.description.units =
    lib.concatMapAttrs (
      set: kind: kinds.describeAll kind (kinds.${kind}.describe null) cfg.${set}
    ) plural
    // lib.mapAttrs (_: describeRaw) cfg.units;
}
