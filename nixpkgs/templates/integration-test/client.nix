# The client has the database's own client.
{ pkgs, ... }:
{
  environment.systemPackages = [ pkgs.postgresql ];
}
