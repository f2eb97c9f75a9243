# Where nixpkgs has the function that evaluates a system.
arguments: (import ./entry-points.nix { }).nixosSystem arguments
