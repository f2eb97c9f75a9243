# Platforms: what a name such as "x86_64-linux" stands for.
{ lib }:
import ./parse.nix { inherit lib; }
// import ./elaborate.nix { inherit lib; }
// import ./lists.nix { inherit lib; }
