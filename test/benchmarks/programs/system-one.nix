import ./system.nix { }
