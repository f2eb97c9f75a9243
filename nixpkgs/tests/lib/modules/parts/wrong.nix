{ ... }:
{
  imports = [ ./declares.nix ];
  config.enable = "yes";
}
