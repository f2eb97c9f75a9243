{
  description = "Containers with networks of their own, without a single address in the configuration";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    {
      checks.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.nixosTest {
        name = "private-network";
        nodes.machine = import ./machine.nix;
        testScript = builtins.readFile ./script.py;
      };
    };
}
