# The package set as one fix-point: every package may be replaced by an
# overlay, and all others then see the replacement.
{
  lib,
  system,
  config,
  overlays,
  debian,
  crossSystem,
}:
let
  derivations = import ./derivations.nix;

  base =
    self:
    let
      packaging = import ./debian-packages.nix {
        inherit
          lib
          system
          debian
          derivations
          ;
      };

      callPackage = lib.callPackageWith self;

      platform = import ./platform.nix { inherit lib system; };

      builders = import ./trivial-builders.nix {
        inherit lib system derivations;
        inherit (self) bash runtimeShell;
        defaultBuildInputs = self.stdenvNoCC.initialPath;
      };

      links = import ./links.nix {
        inherit lib system derivations;
        inherit (self) runCommandLocal;
      };

      python = import ./python.nix {
        inherit lib debian;
        inherit (packaging) mkDebianPackage;
      };

      standardEnvironments = import ./stdenv {
        inherit
          lib
          system
          platform
          derivations
          ;
        pkgs = self;
      };
    in
    lib.mapAttrs packaging.fromTable (import ./names.nix)
    // builders
    // links
    // python
    // standardEnvironments
    // import ./stdenv/hooks.nix {
      inherit lib;
      pkgs = self;
    }
    // import ./stdenv/go.nix {
      inherit lib;
      pkgs = self;
    }
    // import ./stdenv/npm.nix {
      inherit lib;
      pkgs = self;
    }
    // import ./postgresql.nix {
      inherit lib debian;
      inherit (packaging) mkDebianPackage;
    }
    // import ./machine-base.nix {
      inherit debian;
      inherit (packaging) mkDebianPackage;
    }
    // import ./fetch.nix {
      inherit lib system derivations;
      pkgs = self;
    }
    // import ./aliases.nix self
    // {
      inherit
        lib
        system
        config
        overlays
        callPackage
        ;
      inherit (packaging) mkDebianPackage;
      pkgs = self;
      path = ../.;

      debian = packaging.all;

      callPackages = lib.callPackagesWith self;
      newScope = extra: lib.callPackageWith (self // extra);
      recurseIntoAttrs = set: set // { recurseForDerivations = true; };
      dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

      runtimeShell = "${self.bash}/bin/bash";
      runtimeShellPackage = self.bash;

      hostPlatform = platform;
      buildPlatform = platform;
      targetPlatform = platform;

      dockerTools = import ./docker-tools.nix {
        inherit
          lib
          system
          debian
          derivations
          ;
        inherit (packaging) partOf;
        pkgs = self;
      };
      inherit (self.dockerTools) fakeNss;

      formats = import ./formats.nix {
        inherit lib;
        pkgs = self;
      };

      testers = import ../testing/testers.nix {
        inherit lib;
        pkgs = self;
      };
      nixosTest = self.testers.nixosTest;
      nixos =
        configuration:
        (import ../testing/entry-points.nix { inherit lib; }).nixosSystem {
          inherit system;
          modules = [ { nixpkgs.pkgs = lib.mkDefault self; } ] ++ lib.toList configuration;
        };

      buildPackages = self;
      targetPackages = self;
      pkgsBuildBuild = self;
      pkgsBuildHost = self;
      pkgsHostTarget = self;

      # `extend overlay` and `appendOverlays list` give a new set.
      extend = overlay: self.appendOverlays [ overlay ];
      appendOverlays = more: if more == [ ] then self else make (overlays ++ more);
    };

  overrides = _: _: (config.packageOverrides or (_: { })) { };

  make =
    all:
    let
      layers = all ++ lib.optional (config ? packageOverrides) overrides;
    in
    lib.fix (lib.foldl' (lib.flip lib.extends) (self: base self // { overlays = all; }) layers);
in
if crossSystem != null then throw "berth's package set does not cross-compile" else make overlays
