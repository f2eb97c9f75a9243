import ./system.nix { containers = 10; }
