# The derivation of a system with `containers` native containers.
{
  containers ? 0,
}:
let
  nixpkgs = import ../../../nixpkgs {
    system = "x86_64-linux";
    debian = import ./archive.nix;
  };
  inherit (nixpkgs) lib;
  entryPoints = import ../../../nixpkgs/testing/entry-points.nix {
    inherit lib;
    pkgsFor.x86_64-linux = nixpkgs;
  };
  server =
    { pkgs, ... }:
    {
      services.postgresql.enable = true;
      services.nginx.enable = true;
      networking.firewall.allowedTCPPorts = [ 80 ];
      users.users.operator.isNormalUser = true;
      environment.systemPackages = [ pkgs.curl ];
      system.stateVersion = "25.11";
    };
  machine = entryPoints.nixosSystem {
    system = "x86_64-linux";
    modules = [
      server
      {
        containers = lib.genAttrs (map (i: "c${toString i}") (lib.range 1 containers)) (name: {
          autoStart = true;
          privateNetwork = true;
          config = server;
        });
      }
    ];
  };
in
machine.config.system.build.toplevel.drvPath
