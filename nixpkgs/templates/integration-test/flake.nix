{
  description = "A test of several machines, with a script in Python";

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
        # berth check
        checks.default = pkgs.nixosTest {
          name = "integration-test";
          nodes = {
            server = ./server.nix;
            client = ./client.nix;
          };
          testScript = builtins.readFile ./script.py;
        };

        # berth check --interactive gives a Python prompt with the machines.
        packages.default = self.checks.${system}.default.driverInteractive;
      }
    );
}
