import ./modules/web.nix { }
