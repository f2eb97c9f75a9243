# The last line of messages about values of a wrong type.
let
  lib = import ../../../lib;
  inherit (lib) types;
  hint = lib.modules.hints.hint;
in
{
  number = hint types.port "80";
  tooLarge = hint types.port "80000";
  boolean = map (hint types.bool) [ "yes" "false" ];
  text = hint types.str 80;
  path = hint types.str ./values.nix;
  list = hint (types.listOf types.str) "a";
  listOfOther = hint (types.listOf types.int) "a";
  single = hint types.str [ "a" ];
  choice = hint (types.nullOr (types.enum [ "always" "on-failure" "no" ])) "allways";
  choices = hint (types.listOf (types.enum [ "tcp" "udp" ])) "tpc";
  function = hint types.str (x: x);
  nothing = hint types.str { };
}
