# Generators: values as text in other formats.
{ lib }:
import ./pretty.nix { inherit lib; }
