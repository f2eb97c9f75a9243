{ lib, hostnam, ... }:
{
  names = [ hostnam ];
}
