{ name }:
{ lib, ... }:
{
  n = [ name ];
}
