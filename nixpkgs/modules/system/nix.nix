# nix.*: settings for a Nix inside the system, which berth's machines lack.
{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.nix = mkOption {
    default = { };
    description = ''
      Settings of Nix. They are accepted, so that configurations made for NixOS
      work, and have no effect: a machine gets its packages from outside.
    '';
    type = types.submodule {
      freeformType = types.attrsOf types.anything;
      options = {
        enable = mkOption {
          type = types.bool;
          default = false;
          description = "Whether Nix is installed.";
        };
        settings = mkOption {
          type = types.attrsOf types.anything;
          default = { };
          description = "Lines of nix.conf.";
        };
      };
    };
  };
}
