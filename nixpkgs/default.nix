# The package set for one system.
#
# `debian` is where package records come from: the interface to berth's index,
# which only these files can see. Everything else takes what nixpkgs takes.
{
  system ? builtins.currentSystem,
  localSystem ? system,
  config ? { },
  overlays ? [ ],
  debian ? import ./pkgs/debian.nix,
  # Accepted for compatibility: berth does not cross-compile.
  crossSystem ? null,
}:
let
  platform = if builtins.isAttrs localSystem then localSystem.system or system else localSystem;
in
import ./pkgs {
  system = platform;
  inherit
    config
    overlays
    debian
    crossSystem
    ;
  lib = import ./lib;
}
