# Where nixpkgs has the functions for system tests.
{
  lib ? import ../../lib,
  ...
}:
{
  inherit (import ./entry-points.nix { inherit lib; }) evalModules evalTest runTest;
}
