{
  description = "Machines that boot, run one command and wait to be measured";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
      machines =
        count:
        pkgs.nixosTest {
          name = "many-${toString count}";
          nodes = builtins.listToAttrs (
            builtins.genList (i: {
              name = "m${toString (i + 1)}";
              value = { };
            }) count
          );
          testScript = builtins.readFile ./script.py;
        };
    in
    {
      checks.x86_64-linux = builtins.listToAttrs (
        map
          (count: {
            name = "m${toString count}";
            value = machines count;
          })
          [
            2
            8
            24
            50
            100
          ]
      );
    };
}
