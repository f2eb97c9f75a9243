{ config, ... }:
{
  imports = [ ./declares.nix ];
  names = [ "defines" ];
  enable = config.names != [ ];
}
