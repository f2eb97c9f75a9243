# Types: what values an option accepts and how its definitions merge.
#
# A type is a set made by mkOptionType. `check` looks only at the outside of a
# value; `merge loc defs` combines definitions that passed it, and types with
# elements check those there. `functor` is what two declarations of one option
# are joined by.
{ lib }:
let
  part = file: import file { inherit lib; };
in
part ./core.nix
// part ./scalars.nix
// part ./numbers.nix
// part ./strings.nix
// part ./paths.nix
// part ./choices.nix
// part ./collections.nix
// part ./anything.nix
// part ./submodules.nix
