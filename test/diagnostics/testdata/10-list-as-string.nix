let
  packages = [ "a" "b" ];
in
"needs ${packages}"
