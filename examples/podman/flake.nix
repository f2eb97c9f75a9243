{
  description = "A small to-do service on Podman: a network of its own, and units that wait for each other";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";
    flake-utils.url = "github:numtide/flake-utils";
  };

  outputs =
    {
      self,
      nixpkgs,
      flake-utils,
    }:
    flake-utils.lib.eachSystem [ "x86_64-linux" "aarch64-linux" ] (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
      in
      {
        checks.default = pkgs.nixosTest {
          name = "podman";

          nodes = {
            server = import ./server.nix;
            client = import ./client.nix;
          };

          testScript = builtins.readFile ./script.py;
        };

        packages.default = self.checks.${system}.default.driverInteractive;
        packages.postgres = pkgs.callPackage ./postgres.nix { };
        packages.api = pkgs.callPackage ./api.nix { };
      }
    );
}
