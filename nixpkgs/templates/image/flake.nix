{
  description = "A container image, built without a daemon";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
    in
    {
      # berth image load .#default      (into Docker or Podman)
      # berth image push .#default docker://REGISTRY/hello:latest
      packages.${system}.default = pkgs.callPackage ./image.nix { };

      checks.${system}.default = self.packages.${system}.default;
    };
}
