# A machine with two containers, which share its network.
{ pkgs, ... }:
{
  networking.firewall.allowedTCPPorts = [ 80 ];
  environment.systemPackages = [ pkgs.curl ];

  containers.database = {
    autoStart = true;
    config.services.postgresql.enable = true;
  };

  containers.web = {
    autoStart = true;
    config =
      { pkgs, ... }:
      {
        services.nginx = {
          enable = true;
          virtualHosts.default = {
            default = true;
            root = pkgs.writeTextDir "index.html" "Hello from a container!\n";
          };
        };
      };
  };
}
