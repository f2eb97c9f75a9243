let
  double = x: 2 * x;
in
map double 1 2
