# Native containers: their inside, their unit, their addresses.
{
  lib,
  pkgs,
  evaluate,
  describe,
  ...
}:
let
  one = options: (describe { containers.web = options; });
  network = containers: lib.mapAttrs (_: c: c.link or null) (describe { inherit containers; }).containers;
  private = {
    privateNetwork = true;
    config = { };
  };
in
{
  "the description of a container" = {
    value =
      removeAttrs
        (one {
          autoStart = true;
          ephemeral = true;
          bindMounts."/data".hostPath = "/srv";
          bindMounts."/own".isReadOnly = false;
          additionalCapabilities = [ "CAP_NET_ADMIN" ];
          config = { };
        }).containers.web
        [ "system" ];
    expected = {
      autoStart = true;
      ephemeral = true;
      restartIfChanged = true;
      copyResolvConf = true;
      timeoutStart = "1min";
      additionalCapabilities = [ "CAP_NET_ADMIN" ];
      bindMounts = {
        "/data" = {
          hostPath = "/srv";
          readOnly = true;
        };
        "/own".hostPath = "/own";
      };
    };
  };

  "the unit of a container" = {
    value =
      let
        unit = (one { config = { }; }).units."container@web.service";
      in
      {
        inherit (unit) environment;
        start = unit.sections.Service.ExecStart;
        switch = unit.sections.Service.X-RestartIfChanged;
        wanted = unit ? wantedBy;
      };
    expected = {
      environment = {
        INSTANCE = "web";
        root = "/var/lib/nixos-containers/web";
      };
      start = [ "/run/berth/berth __container-run web" ];
      switch = [ "false" ];
      wanted = false;
    };
  };

  "users add to the unit" = {
    value =
      (describe {
        containers.web.config = { };
        systemd.services."container@web".serviceConfig.MemoryMax = "1G";
      }).units."container@web.service".sections.Service.MemoryMax;
    expected = [ "1G" ];
  };

  "a container that starts at boot" = {
    value =
      let
        inherit
          (one {
            autoStart = true;
            config = { };
          })
          units
          ;
      in
      {
        inherit (units."container@web.service") wantedBy;
        machines = units."machines.target".wantedBy;
      };
    expected = {
      wantedBy = [ "machines.target" ];
      machines = [ "multi-user.target" ];
    };
  };

  "the inside" = {
    value =
      let
        inside = (evaluate { containers.web.config.networking.domain = "example.org"; }).containers.web.config;
      in
      {
        inherit (inside.networking) hostName fqdn;
        inherit (inside.boot) isContainer;
        description = inside.system.build.description.isContainer;
      };
    expected = {
      hostName = "web";
      fqdn = "web.example.org";
      isContainer = true;
      description = true;
    };
  };

  "further arguments of the modules inside" = {
    value =
      (evaluate {
        containers.web = {
          specialArgs.domain = "example.org";
          config = { domain, ... }: { networking = { inherit domain; }; };
        };
      }).containers.web.config.networking.domain;
    expected = "example.org";
  };

  "a mistake inside names the container" = {
    failing = one { config.services.nothing.enable = true; };
    mentions = [ "containers.web.services.nothing" ];
  };

  "a failed assertion inside" = {
    failing = one { config.users.users.u.isSystemUser = true; };
    mentions = [ "- containers.web: users.users.u.group" ];
  };

  "addresses are planned" = {
    value = network { web = private; };
    expected.web = {
      hostAddress = "10.233.95.217";
      localAddress = "10.233.95.218";
    };
  };

  "another container does not move them" = {
    value =
      (network {
        web = private;
        a = private;
        z = private;
      }).web;
    expected = {
      hostAddress = "10.233.95.217";
      localAddress = "10.233.95.218";
    };
  };

  "they avoid addresses given by hand" = {
    value =
      (network {
        web = private;
        other = private // {
          hostAddress = "10.233.95.217";
          localAddress = "10.233.95.218";
        };
      }).web;
    expected = {
      hostAddress = "10.233.95.221";
      localAddress = "10.233.95.222";
    };
  };

  "containers inside containers have other addresses" = {
    value =
      (evaluate {
        containers.outer = private // {
          config.containers.web = private;
        };
      }).containers.outer.config.system.build.description.containers.web.link;
    expected = {
      hostAddress = "10.234.95.217";
      localAddress = "10.234.95.218";
    };
  };

  "many containers have many addresses" = {
    value =
      let
        names = map (i: "c${toString i}") (lib.range 1 300);
        links = builtins.attrValues (
          import (pkgs.path + "/modules/virtualisation/container-addresses.nix") { inherit lib; } {
            containerDepth = 0;
            containers = lib.genAttrs names (_: {
              privateNetwork = true;
              hostBridge = null;
              hostAddress = null;
              hostAddress6 = null;
              localAddress = null;
              localAddress6 = null;
              interfaces = [ ];
              macvlans = [ ];
            });
          }
        ).links;
      in
      builtins.length (lib.unique (map (link: link.localAddress) links));
    expected = 300;
  };

  "names of containers resolve, outside and inside" = {
    value =
      let
        config = evaluate {
          containers.web = private;
          containers.db = private // {
            localAddress = "10.0.0.2/24";
          };
        };
      in
      [
        config.networking.hosts
        config.containers.web.config.networking.hosts
      ];
    expected =
      let
        hosts = {
          "10.0.0.2" = [ "db.containers" ];
          "10.233.95.218" = [ "web.containers" ];
        };
      in
      [
        hosts
        hosts
      ];
  };

  "a shared network has no links" = {
    value = network {
      web = {
        localAddress = "10.0.0.2";
        config = { };
      };
    };
    expected.web = null;
  };

  "forwarded ports" = {
    value =
      (network {
        web = private // {
          forwardPorts = [
            { hostPort = 80; }
            {
              hostPort = 8080;
              containerPort = 80;
              protocol = "udp";
            }
          ];
        };
      }).web.forwards;
    expected = [
      {
        protocol = "tcp";
        hostPort = 80;
        guestPort = 80;
      }
      {
        protocol = "udp";
        hostPort = 8080;
        guestPort = 80;
      }
    ];
  };

  "a name with an underscore" = {
    failing = describe { containers.a_b.config = { }; };
    mentions = [ "underscore" ];
  };

  "two kinds of network" = {
    failing = one (private // { networkNamespace = "/run/netns/x"; });
    mentions = [ "networkNamespace excludes privateNetwork" ];
  };

  "the package set is set by nixpkgs" = {
    failing = one {
      pkgs = { };
      config = { };
    };
    mentions = [ "containers.web.pkgs" ];
  };
}
