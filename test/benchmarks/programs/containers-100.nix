import ./system.nix { containers = 100; }
