# Tests of systems: machines, their numbers and addresses, the script.
{
  lib,
  pkgs,
  ...
}:
let
  test = module: pkgs.nixosTest ({ name = "t"; testScript = ""; } // module);
  description = t: builtins.fromJSON (builtins.unsafeDiscardStringContext t.drvAttrs.test);
  networks = t: lib.mapAttrs (_: machine: machine.system.build.description.network) (t.nodes // t.containers);
in
{
  "the derivation" = {
    value =
      let
        t = test { nodes.a = { }; };
      in
      {
        inherit (t) name type;
        inherit (t.drvAttrs) builder;
        interactive = t.driverInteractive.name;
      };
    expected = {
      name = "vm-test-run-t";
      type = "derivation";
      builder = "builtin:nixos-test";
      interactive = "nixos-test-driver-t";
    };
  };

  "the description" = {
    value =
      let
        d = description (test {
          nodes.a = { };
          containers.b = { };
          testScript = "start_all()";
          globalTimeout = 60;
        });
      in
      {
        inherit (d) name script globalTimeout;
        kinds = lib.mapAttrs (_: machine: machine.kind) d.machines;
      };
    expected = {
      name = "t";
      script = "start_all()";
      globalTimeout = 60;
      kinds = {
        a = "node";
        b = "container";
      };
    };
  };

  "numbers follow the names of all machines" = {
    value = lib.mapAttrs (_: n: n.interfaces) (
      networks (test {
        nodes.c = { };
        containers.b = { };
        nodes.a.virtualisation.vlans = [
          2
          1
        ];
      })
    );
    expected = {
      a = {
        eth1 = {
          vlan = 2;
          addresses = [
            "192.168.2.1/24"
            "2001:db8:2::1/64"
          ];
        };
        eth2 = {
          vlan = 1;
          addresses = [
            "192.168.1.1/24"
            "2001:db8:1::1/64"
          ];
        };
      };
      b.eth1 = {
        vlan = 1;
        addresses = [
          "192.168.1.2/24"
          "2001:db8:1::2/64"
        ];
      };
      c.eth1 = {
        vlan = 1;
        addresses = [
          "192.168.1.3/24"
          "2001:db8:1::3/64"
        ];
      };
    };
  };

  "every machine knows every machine" = {
    value =
      (networks (test {
        nodes.a = { };
        nodes.b.networking.domain = "example.org";
      })).a.hosts;
    expected = [
      {
        address = "192.168.1.1";
        names = [ "a" ];
      }
      {
        address = "192.168.1.2";
        names = [
          "b.example.org"
          "b"
        ];
      }
      {
        address = "2001:db8:1::1";
        names = [ "a" ];
      }
      {
        address = "2001:db8:1::2";
        names = [
          "b.example.org"
          "b"
        ];
      }
    ];
  };

  "named interfaces replace the default network" = {
    value =
      (networks (test {
        nodes.a.virtualisation.interfaces.lan = {
          vlan = 3;
          assignIP = true;
        };
      })).a.interfaces;
    expected.lan = {
      vlan = 3;
      addresses = [
        "192.168.3.1/24"
        "2001:db8:3::1/64"
      ];
    };
  };

  "a machine without networks" = {
    value = (networks (test { nodes.a.virtualisation.vlans = [ ]; })).a ? interfaces;
    expected = false;
  };

  "a script that is a function sees the machines" = {
    value =
      (description (test {
        nodes.a.services.postgresql.enable = true;
        testScript = { nodes, ... }: "port = ${toString nodes.a.services.postgresql.settings.port}";
      })).script;
    expected = "port = 5432";
  };

  "settings of every machine" = {
    value =
      lib.mapAttrs (_: n: n.domain)
        (networks (test {
          nodes.a = { };
          nodes.b.networking.domain = "b";
          defaults = { lib, ... }: { networking.domain = lib.mkDefault "all"; };
        }));
    expected = {
      a = "all";
      b = "b";
    };
  };

  "memory is a bound when it is asked for" = {
    value = (test { nodes.a.virtualisation.memorySize = 512; }).nodes.a.system.build.description.resources;
    expected.memoryBytes = 536870912;
  };

  "settings of virtual machines are none of containers" = {
    failing = (test { containers.a.virtualisation.memorySize = 512; }).drvPath;
    mentions = [ "virtualisation.memorySize" ];
  };

  "one name for two machines" = {
    failing =
      (test {
        nodes.a = { };
        containers.a = { };
      }).drvPath;
    mentions = [ "both as nodes and as containers: a" ];
  };

  "a test without a script" = {
    failing =
      (pkgs.nixosTest {
        name = "t";
        nodes.a = { };
      }).drvPath;
    mentions = [ "testScript" ];
  };

  "an older spelling of the only machine" = {
    value = builtins.attrNames (test { machine = { }; }).nodes;
    expected = [ "machine" ];
  };

  "the argument of runNixOSTest is a module" = {
    value =
      (description (
        pkgs.testers.runNixOSTest (
          { config, ... }:
          {
            name = "t";
            nodes.a = { };
            testScript = "print('${config.name}')";
          }
        )
      )).script;
    expected = "print('t')";
  };

  "the interactive driver has settings of its own" = {
    value =
      lib.hasInfix "vm-test" (test {
        nodes.a = { };
        interactive.defaults.environment.etc.x.text = "x";
      }).driverInteractive.drvPath;
    expected = false;
  };

  "older ways to write a test" = {
    value =
      let
        inherit (import (pkgs.path + "/nixos/lib/testing-python.nix") { inherit pkgs; }) makeTest;
        inherit (import (pkgs.path + "/nixos/lib") { inherit lib; }) runTest;
        test = {
          name = "t";
          nodes.a = { };
          testScript = "";
        };
      in
      [
        (makeTest test).name
        (runTest {
          imports = [ test ];
          hostPkgs = pkgs;
        }).name
      ];
    expected = [
      "vm-test-run-t"
      "vm-test-run-t"
    ];
  };

  "a system from the paths of nixpkgs" = {
    value =
      (import (pkgs.path + "/nixos/lib/eval-config.nix") {
        inherit (pkgs) system;
        modules = [ { networking.hostName = "h"; } ];
      }).config.networking.hostName;
    expected = "h";
  };

  "profiles of nixpkgs" = {
    value =
      (test {
        nodes.a =
          { modulesPath, ... }:
          {
            imports = [
              (modulesPath + "/profiles/minimal.nix")
              "${modulesPath}/virtualisation/qemu-vm.nix"
            ];
          };
      }).nodes.a.documentation.enable;
    expected = false;
  };
}
