# Files below /etc, packages, assertions, warnings, unknown options.
{
  lib,
  pkgs,
  evaluate,
  describe,
  ...
}:
let
  etc = files: (describe { environment.etc = files; }).etc;
in
{
  "text is carried in the description" = {
    value = (etc { "a/b".text = "x"; })."a/b";
    expected.text = "x";
  };
  "empty text is a file" = {
    value = (etc { x.text = ""; }).x;
    expected.text = "";
  };
  "a source wins over text" = {
    value =
      (etc {
        x = {
          text = "x";
          source = "/srv/x";
        };
      }).x;
    expected.source = "/srv/x";
  };
  "text has a source for other modules" = {
    value =
      let
        file = (evaluate { environment.etc.x.text = "x"; }).environment.etc.x;
      in
      builtins.match "/nix/store/.*-etc-x" "${file.source}";
    expected = [ ];
  };
  "a copy has a mode and an owner" = {
    value =
      (etc {
        x = {
          text = "x";
          mode = "0600";
          user = "u";
        };
      }).x;
    expected = {
      text = "x";
      mode = "0600";
      user = "u";
    };
  };
  "a file with another target, and one that is off" = {
    value = lib.filterAttrs (name: _: lib.elem name [ "a" "b" "c" ]) (etc {
      a = {
        text = "x";
        target = "b";
      };
      c = {
        text = "x";
        enable = false;
      };
    });
    expected.b.text = "x";
  };
  "two files with one target" = {
    failing = etc {
      a = {
        text = "x";
        target = "c";
      };
      b = {
        text = "y";
        target = "c";
      };
    };
    mentions = [ "/etc/c" ];
  };
  "a file without content" = {
    failing = etc { x.mode = "0600"; };
    mentions = [ "environment.etc.x.source" ];
  };

  "default packages are replaced, system packages joined" = {
    value =
      let
        config = evaluate {
          environment.defaultPackages = [ pkgs.curl ];
          environment.systemPackages = [ pkgs.jq ];
        };
      in
      {
        default = map (package: package.pname) config.environment.defaultPackages;
        system = lib.elem pkgs.jq config.environment.systemPackages;
      };
    expected = {
      default = [ "curl" ];
      system = true;
    };
  };

  "variables are exported" = {
    value = lib.hasInfix "export EDITOR=vim\n" (
      (describe { environment.variables.EDITOR = "vim"; }).etc."profile.d/10-environment.sh".text
    );
    expected = true;
  };

  "failed assertions stop the build" = {
    failing =
      (evaluate {
        assertions = [
          {
            assertion = false;
            message = "the first";
          }
          {
            assertion = true;
            message = "not this one";
          }
          {
            assertion = false;
            message = "the second";
          }
        ];
      }).system.build.toplevel.drvPath;
    mentions = [
      "Failed assertions:"
      "- the first"
      "- the second"
    ];
  };

  "an option that does not exist" = {
    failing = describe { services.postgresq.enable = true; };
    mentions = [
      "services.postgresq"
      "does not exist"
    ];
  };
  "a value of another type" = {
    failing = describe { networking.hostName = 1; };
    mentions = [
      "networking.hostName"
      "not of type"
    ];
  };

  "activation scripts follow their dependencies" = {
    value =
      let
        config = evaluate {
          system.activationScripts.b = "echo b";
          system.activationScripts.a = {
            deps = [
              "b"
              "users"
            ];
            text = "echo a";
          };
        };
        script = lib.removePrefix "/" config.system.build.description.activationScript;
      in
      lib.hasSuffix "-activate" script;
    expected = true;
  };
  "an activation script that depends on nothing known" = {
    failing = describe {
      system.activationScripts.a = {
        deps = [ "nowhere" ];
        text = "true";
      };
    };
    mentions = [ "nowhere" ];
  };

  "packages of overlays" = {
    value =
      map (package: package.pname)
        (evaluate (
          { pkgs, ... }:
          {
            nixpkgs.overlays = [ (final: prev: { mine = prev.hello; }) ];
            environment.defaultPackages = [ pkgs.mine ];
          }
        )).environment.defaultPackages;
    expected = [ "hello" ];
  };

  "time zone" = {
    value = (describe { time.timeZone = "Europe/Berlin"; }).etc.localtime;
    expected = {
      source = "/usr/share/zoneinfo/Europe/Berlin";
      mode = "direct-symlink";
    };
  };
}
