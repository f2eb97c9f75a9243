# documentation.*: accepted; machines carry what the Debian packages ship.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted;
  switch =
    what:
    mkOption {
      type = types.bool;
      default = true;
      description = "Whether ${what} is installed; accepted and not used.";
    };
in
{
  options.documentation = {
    enable = switch "documentation";
    man.enable = switch "the manual";
    man.generateCaches = switch "the manual's index";
    info.enable = switch "info documentation";
    doc.enable = switch "package documentation";
    dev.enable = switch "developers' documentation";
    nixos = accepted "Accepted and not used.";
  };

  options.system.tools = accepted "Accepted and not used.";

  options.system.disableInstallerTools = mkOption {
    type = types.bool;
    default = true;
    description = "Accepted and not used.";
  };

  options.meta = mkOption {
    type = types.attrsOf types.raw;
    default = { };
    internal = true;
    description = "Data about the modules, such as maintainers.";
  };
}
