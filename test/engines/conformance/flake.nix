{
  description = "What virtualisation.oci-containers promises, on every backend";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      test =
        backend:
        pkgs.nixosTest {
          name = "conformance-${backend}";
          nodes = {
            server = import ./server.nix { inherit backend; };
            client = { };
          };
          testScript = ''
            import json
            BACKEND = ${builtins.toJSON backend}
            HOSTILE = json.loads(${builtins.toJSON (builtins.toJSON (import ./hostile.nix))})
            ${builtins.readFile ./script.py}
          '';
        };
    in
    {
      checks.${system} = pkgs.lib.genAttrs [ "docker" "podman" "berth" ] test // {
        rootless = import ./rootless.nix { inherit pkgs; };
      };
    };
}
