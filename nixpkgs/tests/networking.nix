# Names, addresses, firewall.
{ describe, ... }:
let
  network = networking: (describe { inherit networking; }).network;
  firewall = options: (describe { networking.firewall = options; }).firewall;
in
{
  "names" = {
    value = network {
      hostName = "h";
      domain = "example.org";
      nameservers = [ "192.0.2.1" ];
      search = [ "example.org" ];
      hosts."192.0.2.2" = [
        "a"
        "b"
      ];
      extraHosts = ''
        # a comment
        192.0.2.3	c  d # another
      '';
    };
    expected = {
      hostName = "h";
      domain = "example.org";
      nameservers = [ "192.0.2.1" ];
      search = [ "example.org" ];
      hosts = [
        {
          address = "127.0.0.2";
          names = [
            "h.example.org"
            "h"
          ];
        }
        {
          address = "192.0.2.2";
          names = [
            "a"
            "b"
          ];
        }
        {
          address = "192.0.2.3";
          names = [
            "c"
            "d"
          ];
        }
      ];
    };
  };

  "a host name with a dot" = {
    failing = network { hostName = "a.b"; };
    mentions = [ "networking.hostName" ];
  };

  "addresses and gateways" = {
    value = network {
      hostName = "h";
      interfaces.eth0 = {
        ipv4.addresses = [
          {
            address = "192.0.2.2";
            prefixLength = 24;
          }
        ];
        ipv6.addresses = [
          {
            address = "2001:db8::2";
            prefixLength = 64;
          }
        ];
        mtu = 1400;
      };
      defaultGateway = "192.0.2.1";
      defaultGateway6.address = "2001:db8::1";
    };
    expected = {
      hostName = "h";
      interfaces.eth0 = {
        addresses = [
          "192.0.2.2/24"
          "2001:db8::2/64"
        ];
        mtu = 1400;
      };
      defaultGateway = "192.0.2.1";
      defaultGateway6 = "2001:db8::1";
    };
  };

  "a prefix that is too long" = {
    failing = network {
      interfaces.eth0.ipv4.addresses = [
        {
          address = "192.0.2.2";
          prefixLength = 33;
        }
      ];
    };
    mentions = [ "prefixLength" ];
  };

  "the firewall is on" = {
    value = firewall { };
    expected = {
      enable = true;
      allowPing = true;
      checkReversePath = "strict";
    };
  };

  "ports are sorted, and there once" = {
    value =
      (firewall {
        allowedTCPPorts = [
          80
          22
          80
        ];
        interfaces.eth1.allowedUDPPortRanges = [
          {
            from = 1;
            to = 2;
          }
        ];
      });
    expected = {
      enable = true;
      allowPing = true;
      checkReversePath = "strict";
      allowedTCPPorts = [
        22
        80
      ];
      interfaces.eth1.allowedUDPPortRanges = [
        {
          from = 1;
          to = 2;
        }
      ];
    };
  };

  "a port that is none" = {
    failing = firewall { allowedTCPPorts = [ 65536 ]; };
    mentions = [ "networking.firewall.allowedTCPPorts" ];
  };

  "the firewall is off" = {
    value = firewall {
      enable = false;
      allowedTCPPorts = [ 22 ];
    };
    expected.enable = false;
  };

  "translation of addresses" = {
    value =
      let
        system = describe {
          networking.nat = {
            enable = true;
            internalInterfaces = [ "ve-+" ];
            externalInterface = "eth0";
          };
        };
      in
      {
        inherit (system.network) nat sysctl;
      };
    expected = {
      nat = {
        internalInterfaces = [ "ve-+" ];
        externalInterface = "eth0";
      };
      sysctl = {
        "net.ipv4.conf.all.forwarding" = "1";
        "net.ipv4.conf.default.forwarding" = "1";
      };
    };
  };

  "forwarded ports are a unit" = {
    value =
      (describe {
        networking.nat = {
          enable = true;
          externalInterface = "eth1";
          forwardPorts = [
            {
              sourcePort = 80;
              destination = "10.233.1.2:8080";
            }
          ];
        };
      }).units."nat.service".wantedBy;
    expected = [ "network.target" ];
  };
}
