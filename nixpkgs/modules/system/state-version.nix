# system.stateVersion and system.nixos: releases.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  release = lib.trivial.release;
in
{
  options.system = {
    stateVersion = mkOption {
      type = types.str;
      default = release;
      example = "25.11";
      description = ''
        The release whose defaults for data on disk apply, such as the major
        version of a database. Set it once and leave it.
      '';
    };

    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The revision of the configuration's repository.";
    };

    nixos = {
      release = mkOption {
        type = types.str;
        default = release;
        readOnly = true;
        description = "The NixOS release whose options these modules follow.";
      };
      version = mkOption {
        type = types.str;
        default = release;
        description = "The version as programs show it.";
      };
      label = mkOption {
        type = types.str;
        default = config.system.nixos.version;
        description = "The version as it stands in names of store paths.";
      };
      revision = mkOption {
        type = types.nullOr types.str;
        default = null;
        internal = true;
        description = "The revision of nixpkgs.";
      };
      codeName = mkOption {
        type = types.str;
        default = "berth";
        readOnly = true;
        description = "The release's name.";
      };
      variant_id = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "A name for an edition of the system.";
      };
      tags = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Words in the system's label.";
      };
    };
  };

  config.system.description = {
    inherit (config.system) stateVersion;
  };
}
