# What `inputs.nixpkgs` is to a flake: the library, the package set of every
# system, and the modules.
{
  description = "berth's embedded package set and NixOS-compatible modules";

  outputs =
    { self }:
    let
      lib = import ./lib;
      nixos = import ./testing/entry-points.nix { inherit lib; };
    in
    {
      lib = lib.extend (
        _: _: {
          inherit nixos;
          inherit (nixos) nixosSystem;
        }
      );

      legacyPackages = lib.genAttrs (import ./pkgs/systems.nix) (system: import ./. { inherit system; });

      nixosModules = {
        notDetected = { };
        readOnlyPkgs = ./modules/system/read-only-packages.nix;
      };

      checks = { };
    };
}
