# pkgs.dockerTools: container images.
#
# An image is planned by one derivation: a small document that says which store
# paths each layer holds. `streamLayeredImage` is a script that has berth write
# the layers whenever they are wanted; nothing is stored twice.
{
  lib,
  pkgs,
  system,
  debian,
  derivations,
  partOf,
}:
let
  plan = import ./docker-tools/plan.nix {
    inherit
      lib
      pkgs
      system
      derivations
      ;
    # What every Debian image has, whatever its contents: the names of the
    # distribution and its version.
    base = partOf (debian.lookup "base-files");
  };

  layered = import ./docker-tools/layered.nix {
    inherit
      lib
      pkgs
      system
      derivations
      plan
      ;
  };

  single = import ./docker-tools/single.nix {
    inherit lib derivations system plan;
    inherit (layered) archiveOf;
  };

  pull = import ./docker-tools/pull.nix {
    inherit
      lib
      pkgs
      system
      derivations
      ;
  };

  shell = import ./docker-tools/nix-shell.nix {
    inherit lib pkgs;
    inherit (layered) streamLayeredImage buildLayeredImage;
  };

  helpers = import ./docker-tools/contents.nix { inherit lib pkgs; };

  withDatabase = build: arguments: build (arguments // { includeNixDB = true; });
in
{
  inherit (layered) streamLayeredImage buildLayeredImage;
  inherit (single) buildImage;
  inherit (pull) pullImage;
  inherit (shell) streamNixShellImage buildNixShellImage;

  buildImageWithNixDb = withDatabase single.buildImage;
  buildLayeredImageWithNixDb = withDatabase layered.buildLayeredImage;
}
// helpers
