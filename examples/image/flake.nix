{
  description = "A small to-do service: the API is an image built here, the database a service of the machine";

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
          name = "image";

          nodes = {
            server = import ./server.nix;
            client = import ./client.nix;
          };

          testScript = builtins.readFile ./script.py;
        };

        packages.default = self.checks.${system}.default.driverInteractive;
        packages.api = pkgs.callPackage ./api.nix { };
      }
    );
}
