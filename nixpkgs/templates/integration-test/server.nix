# The server: a database that the network may reach.
{ pkgs, ... }:
{
  networking.firewall.allowedTCPPorts = [ 5432 ];

  services.postgresql = {
    enable = true;
    enableTCPIP = true;
    authentication = "host all all samenet trust";
    initialScript = pkgs.writeText "setup.sql" ''
      CREATE TABLE greeting (word text);
      INSERT INTO greeting VALUES ('hello');
      GRANT SELECT ON greeting TO PUBLIC;
    '';
  };
}
