import ./system.nix { containers = 200; }
