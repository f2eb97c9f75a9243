# A machine with one service: a web server over a folder with a greeting.
{ pkgs, ... }:
let
  site = pkgs.writeTextDir "index.html" "Hello from a service!\n";
in
{
  networking.firewall.allowedTCPPorts = [ 8080 ];
  environment.systemPackages = [ pkgs.curl ];

  systemd.services.hello = {
    description = "Greeting";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    serviceConfig = {
      ExecStart = "${pkgs.python3}/bin/python3 -m http.server --directory ${site} 8080";
      DynamicUser = true;
      Restart = "always";
    };
  };
}
