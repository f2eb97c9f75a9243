let
  x = y + 1;
  y = z;
  z = x;
in
x
