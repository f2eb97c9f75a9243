{
  description = "A service of your own on a machine, and a test of it";

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
        name = "service";
        nodes.server = ./server.nix;
        testScript = ''
          server.wait_for_unit("hello.service")
          server.wait_for_open_port(8080)
          answer = server.succeed("curl --fail --silent http://localhost:8080/")
          assert "Hello" in answer, answer
        '';
      };
    };
}
