# system.build: the description of the system and the toplevel that carries it.
{
  config,
  lib,
  pkgs,
  systemPath,
  ...
}:
let
  inherit (lib) mkOption types;

  # Every option group defines its own fields; sets and lists of several
  # definitions are joined, and a need is there if anybody has it.
  join =
    field: values:
    if builtins.length values == 1 then
      builtins.head values
    else if builtins.isList (builtins.head values) then
      builtins.concatLists values
    else if builtins.isAttrs (builtins.head values) then
      builtins.foldl' (a: b: a // b) { } values
    else if builtins.isBool (builtins.head values) then
      builtins.elem true values
    else
      throw "system.description.${field} is defined more than once";

  # Messages of systems inside of something say inside of what.
  located = message: lib.optionalString (systemPath != [ ]) "${lib.showOption systemPath}: " + message;

  failed = map (a: located a.message) (builtins.filter (a: !a.assertion) config.assertions);

  checked =
    value:
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else
      lib.showWarnings (map located config.warnings) value;
in
{
  options.system = {
    build = mkOption {
      type = types.submodule { freeformType = types.lazyAttrsOf types.unspecified; };
      default = { };
      internal = true;
      description = "Things made from the configuration: toplevel, description, etc.";
    };

    description = mkOption {
      internal = true;
      default = { };
      type = lib.mkOptionType {
        name = "description fields";
        description = "fields of berth's system description";
        check = builtins.isAttrs;
        merge = _: definitions: builtins.zipAttrsWith join (map (d: d.value) definitions);
      };
      description = ''
        The system as berth's machines, networks and activation read it. Each
        module defines the fields that its options amount to.
      '';
    };

    name = mkOption {
      type = types.str;
      default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
      defaultText = lib.literalExpression "networking.hostName";
      description = "The name of the system in its store path.";
    };
  };

  config.system = {
    description = {
      version = 1;
      inherit (config.system) name;
      platform = pkgs.system;
    };

    build = {
      description = checked config.system.description;
      toplevel = checked (
        derivation {
          name = "nixos-system-${config.system.name}-${config.system.nixos.label}";
          inherit (pkgs) system;
          builder = "builtin:system";
          description = builtins.toJSON config.system.description;
        }
      );
    };
  };
}
