# The modules of a test.
[
  ./test.nix
  ./nodes.nix
  ./network.nix
  ./run.nix
]
