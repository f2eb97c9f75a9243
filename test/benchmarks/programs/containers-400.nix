import ./system.nix { containers = 400; }
