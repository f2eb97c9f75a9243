{
  description = "Ways out of a machine, each of which must be refused";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs =
    { self, nixpkgs }:
    {
      checks.x86_64-linux.default = nixpkgs.legacyPackages.x86_64-linux.nixosTest {
        name = "escape";
        nodes = {
          # The view of version 2, and a container.
          plain.containers.inner = {
            autoStart = true;
            config = { };
          };
          # The view of all hierarchies.
          limited.systemd.services.bounded = {
            wantedBy = [ "multi-user.target" ];
            serviceConfig = {
              ExecStart = "/bin/sleep infinity";
              MemoryMax = "64M";
            };
          };
        };
        testScript = ''
          PROBE = "${./probe.bin}"
          WAYS = "${builtins.readFile ./ways}".split()
          ${builtins.readFile ./script.py}
        '';
      };
    };
}
