{ lib, ... }:
{
  options.enable = lib.mkEnableOption "it";
  options.names = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [ ];
  };
}
