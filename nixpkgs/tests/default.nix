# Tests of the package set, the modules and the test framework, as data.
#
# `nixpkgs` is the package set under test. The result maps names of tests to
#   { value; expected; }     the two are equal
#   { failing; mentions; }   evaluating fails, and the message has these texts
{ nixpkgs }:
let
  inherit (nixpkgs) lib;

  entryPoints = import (nixpkgs.path + "/testing/entry-points.nix") {
    inherit lib;
    pkgsFor.${nixpkgs.system} = nixpkgs;
  };

  context = {
    inherit lib entryPoints;
    pkgs = nixpkgs;

    # The configuration of a system with one module.
    evaluate =
      module:
      (entryPoints.nixosSystem {
        inherit (nixpkgs) system;
        modules = [ module ];
      }).config;

    # The description of a system with one module.
    describe = module: (context.evaluate module).system.build.description;
  };

  subjects = {
    systemd = ./systemd.nix;
    users = ./users.nix;
    environment = ./environment.nix;
    networking = ./networking.nix;
    postgresql = ./postgresql.nix;
    containers = ./containers.nix;
    oci-containers = ./oci-containers.nix;
    machines = ./machines.nix;
    packages = ./packages.nix;
    options = ./options.nix;
    docker-tools = ./docker-tools.nix;
  };
in
lib.concatMapAttrs (
  subject: file: lib.mapAttrs' (name: test: lib.nameValuePair "${subject}: ${name}" test) (import file context)
) subjects
