# The module system: options declared in one place, defined in many, merged
# into one configuration. `types` says how values of one option merge; this
# folder finds the modules, the definitions that count, and what to say when
# they do not fit together.
{ lib }:
let
  part = file: import file { inherit lib; };
in
{
  messages = part ./messages.nix;
  hints = part ./hints.nix;
}
// part ./properties.nix
// part ./definitions.nix
// part ./declarations.nix
// part ./tree.nix
// part ./load.nix
// part ./own.nix
// part ./evaluate.nix
// part ./aliases.nix
