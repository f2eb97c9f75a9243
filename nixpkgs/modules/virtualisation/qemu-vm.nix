# The options of virtual machines, for configurations that import this file.
{
  imports = [
    ../../testing/machine.nix
    ../../testing/node.nix
  ];
}
