# A system without documentation and default packages.
{ lib, ... }:
{
  documentation.enable = lib.mkDefault false;
  environment.defaultPackages = lib.mkDefault [ ];
}
