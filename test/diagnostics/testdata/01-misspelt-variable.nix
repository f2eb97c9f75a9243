let
  settings = { port = 80; };
in
{ listen = setings.port; }
