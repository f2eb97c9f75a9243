# The client has nothing but curl.
{ pkgs, ... }:
{
  environment.defaultPackages = [ pkgs.curl ];
}
