# Two containers with private networks. berth plans their addresses and names
# them <name>.containers, outside and inside.
{ pkgs, ... }:
{
  environment.defaultPackages = [ ];

  systemd.tmpfiles.rules = [
    "d /srv/pages 0755 - - -"
    "f /srv/pages/hello 0644 - - - hello"
  ];

  containers.web = {
    autoStart = true;
    privateNetwork = true;
    bindMounts."/pages".hostPath = "/srv/pages";

    config = {
      # A private network has a firewall of its own.
      networking.firewall.allowedTCPPorts = [ 80 ];
      services.nginx = {
        enable = true;
        virtualHosts.default = {
          default = true;
          root = "/pages";
        };
      };
    };
  };

  containers.reader = {
    autoStart = true;
    privateNetwork = true;
    ephemeral = true;

    config = {
      systemd.services.reader = {
        wantedBy = [ "multi-user.target" ];
        path = [ pkgs.curl ];
        serviceConfig.Type = "oneshot";
        script = ''
          until curl --fail --silent http://web.containers/hello; do
            sleep 0.2
          done
        '';
      };
    };
  };
}
