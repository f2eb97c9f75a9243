let
  enable = "true";
in
if enable then 1 else 2
