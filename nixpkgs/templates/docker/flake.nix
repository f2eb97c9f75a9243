{
  description = "An image that is built here and run under Docker, and a test of it";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      packages.${system}.default = pkgs.callPackage ./image.nix { };

      # berth up .#server
      nixosConfigurations.server = nixpkgs.lib.nixosSystem {
        inherit system;
        modules = [ ./server.nix ];
      };

      # berth check
      checks.${system}.default = pkgs.nixosTest {
        name = "docker";
        nodes.server = ./server.nix;
        testScript = ''
          server.wait_for_unit("docker-hello.service")
          server.wait_until_succeeds("curl --fail --silent http://localhost:8080/ | grep Hello", 60)
        '';
      };
    };
}
