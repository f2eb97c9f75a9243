let
  services = { web = null; };
in
services.web.port
