# The entry points over the embedded library.
{
  lib ? import ../../lib,
}:
import ../../testing/entry-points.nix { inherit lib; }
