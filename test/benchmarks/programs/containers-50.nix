import ./system.nix { containers = 50; }
