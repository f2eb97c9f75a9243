# systemd.mounts and systemd.automounts: lists, named after where they mount.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption optionalAttrs types;
  unitTypes = import ./types.nix { inherit lib; };
  kinds = import ./kinds.nix { inherit lib pkgs; };

  list =
    options: description:
    mkOption {
      type = types.listOf (
        types.submodule [
          kinds.unitModule
          { inherit options; }
        ]
      );
      default = [ ];
      inherit description;
    };

  # /a/b-c -> a-b\x2dc, as systemd-escape --path does.
  unitName =
    path:
    let
      parts = lib.filter (part: part != "") (lib.splitString "/" path);
      escape = builtins.replaceStrings [ "-" " " ] [ "\\x2d" "\\x20" ];
    in
    if parts == [ ] then "-" else lib.concatMapStringsSep "-" escape parts;

  named =
    suffix: describe: units:
    builtins.listToAttrs (
      map (unit: {
        name = "${unitName unit.where}.${suffix}";
        value = describe unit;
      }) units
    );

  mount =
    unit:
    kinds.describe unit {
      Mount =
        {
          What = unit.what;
          Where = unit.where;
        }
        // optionalAttrs (unit.type != "") { Type = unit.type; }
        // optionalAttrs (unit.options != "") { Options = unit.options; }
        // unit.mountConfig;
    } { };

  automount =
    unit:
    kinds.describe unit {
      Automount = {
        Where = unit.where;
      }
      // unit.automountConfig;
    } { };
in
{
  options.systemd = {
    mounts = list unitTypes.mountOptions "Mount units.";
    automounts = list unitTypes.automountOptions "Automount units.";
  };

  config.system.description.units =
    named "mount" mount config.systemd.mounts // named "automount" automount config.systemd.automounts;
}
