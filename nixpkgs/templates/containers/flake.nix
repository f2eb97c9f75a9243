{
  description = "Native containers on one machine: a database and an application, and a test of both";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      # berth up .#server
      nixosConfigurations.server = nixpkgs.lib.nixosSystem {
        inherit system;
        modules = [ ./server.nix ];
      };

      # berth check
      checks.${system}.default = pkgs.nixosTest {
        name = "containers";
        nodes.server = ./server.nix;
        testScript = ''
          server.wait_for_unit("container@database.service")
          server.wait_for_unit("container@web.service")
          server.wait_until_succeeds("curl --fail --silent http://localhost/ | grep Hello", 30)
          server.wait_for_open_port(5432)
        '';
      };
    };
}
