{
  description = "A small to-do service: PostgreSQL and an API, each in a container, and a test of both";

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
    {
      # berth up .#server keeps the server running, with its API on this machine's port 3000.
      nixosConfigurations.server = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          ./server.nix
          {
            virtualisation.forwardPorts = [
              {
                from = "host";
                host.port = 3000;
                guest.port = 3000;
              }
            ];
          }
        ];
      };
    }
    // flake-utils.lib.eachSystem [ "x86_64-linux" "aarch64-linux" ] (
      system:
      let
        pkgs = nixpkgs.legacyPackages.${system};
      in
      {
        checks.default = pkgs.nixosTest {
          name = "tutorial";

          nodes = {
            server = import ./server.nix;
            client = import ./client.nix;
          };

          testScript = builtins.readFile ./script.py;
        };

        packages.default = self.checks.${system}.default.driverInteractive;
      }
    );
}
