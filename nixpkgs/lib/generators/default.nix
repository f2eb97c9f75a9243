# Generators: values as text in other formats. Every generator takes its
# options first, so that `toINI { }` is a function from value to text.
{ lib }:
import ./pretty.nix { inherit lib; }
// import ./key-value.nix { inherit lib; }
// import ./languages.nix { inherit lib; }
