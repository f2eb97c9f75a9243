# How unit options become the sections of units, and how definitions merge.
{
  lib,
  pkgs,
  evaluate,
  describe,
  ...
}:
let
  units = module: (describe module).units;
  service = definition: (units { systemd.services.x = definition; })."x.service";
  section = definition: (service definition).sections.Service;
  path = packages: lib.concatMapStringsSep ":" (p: "${p}") packages;

  defaultPath = [
    pkgs.coreutils
    pkgs.findutils
    pkgs.gnugrep
    pkgs.gnused
    pkgs.systemd
  ];
in
{
  "booleans, numbers and strings" = {
    value = section {
      serviceConfig = {
        RemainAfterExit = true;
        PrivateTmp = false;
        TimeoutSec = 5;
        User = "u";
      };
    };
    expected = {
      RemainAfterExit = [ "true" ];
      PrivateTmp = [ "false" ];
      TimeoutSec = [ "5" ];
      User = [ "u" ];
    };
  };

  "a list is several lines, in order" = {
    value =
      (section {
        serviceConfig = lib.mkMerge [
          { ExecStartPre = [ "/b" ]; }
          {
            ExecStartPre = [
              ""
              "/a"
            ];
          }
        ];
      }).ExecStartPre;
    expected = [
      "/b"
      ""
      "/a"
    ];
  };

  "equal scalars are one" = {
    value = section {
      serviceConfig = lib.mkMerge [
        { User = "u"; }
        { User = "u"; }
      ];
    };
    expected.User = [ "u" ];
  };

  "scalars that differ are a conflict" = {
    failing = section {
      serviceConfig = lib.mkMerge [
        { User = "u"; }
        { User = "v"; }
      ];
    };
    mentions = [
      "systemd.services.x.serviceConfig.User"
      "conflicting"
    ];
  };

  "script and ExecStart are a conflict" = {
    failing = section {
      script = "true";
      serviceConfig.ExecStart = "/bin/true";
    };
    mentions = [ "systemd.services.x.serviceConfig.ExecStart" ];
  };

  "mkForce wins over script" = {
    value = section {
      script = "true";
      serviceConfig.ExecStart = lib.mkForce "/bin/true";
    };
    expected.ExecStart = [ "/bin/true" ];
  };

  "an unknown Type" = {
    failing = section { serviceConfig.Type = "one-shot"; };
    mentions = [
      "systemd.services.x.serviceConfig.Type"
      "one-shot"
      "oneshot"
    ];
  };

  "a name that is no unit's" = {
    failing = units { systemd.services."a b".script = "true"; };
    mentions = [ "a b" ];
  };

  "a dependency that is no unit's name" = {
    failing = units { systemd.services.x.after = [ "network" ]; };
    mentions = [
      "systemd.services.x.after"
      "network"
    ];
  };

  "dependencies are keys of [Unit]" = {
    value =
      (service {
        description = "words";
        documentation = [
          "man:a(1)"
          "man:b(1)"
        ];
        after = [
          "a.service"
          "b.target"
        ];
        requires = [ "a.service" ];
        wantedBy = [ "multi-user.target" ];
        startLimitBurst = 3;
        unitConfig.ConditionPathExists = "/x";
      });
    expected = {
      wantedBy = [ "multi-user.target" ];
      environment.PATH = "${path (map (p: "${p}/bin") defaultPath)}:${path (map (p: "${p}/sbin") defaultPath)}";
      sections.Unit = {
        Description = [ "words" ];
        Documentation = [ "man:a(1) man:b(1)" ];
        After = [ "a.service b.target" ];
        Requires = [ "a.service" ];
        StartLimitBurst = [ "3" ];
        ConditionPathExists = [ "/x" ];
      };
    };
  };

  "path has the service's packages first" = {
    value = lib.hasPrefix "${pkgs.curl}/bin:/run/wrappers/bin:${pkgs.coreutils}/bin:" (service {
      path = [
        pkgs.curl
        "/run/wrappers"
      ];
    }).environment.PATH;
    expected = true;
  };

  "without the default path there is no PATH" = {
    value =
      (units {
        systemd.services.x = {
          enableDefaultPath = false;
          serviceConfig.ExecStart = "/x";
        };
      })."x.service";
    expected.sections.Service.ExecStart = [ "/x" ];
  };

  "the environment of all services, and null" = {
    value =
      removeAttrs
        (units {
          systemd.globalEnvironment = {
            A = "all";
            B = "all";
          };
          systemd.services.x.environment = {
            B = null;
            C = "own";
          };
        })."x.service".environment
        [ "PATH" ];
    expected = {
      A = "all";
      C = "own";
    };
  };

  "a script is a program with its arguments" = {
    value =
      builtins.match ".*-unit-script-x_a-start/bin/x_a-start %i"
        (builtins.head
          (units {
            systemd.services."x@a" = {
              script = "true";
              scriptArgs = "%i";
            };
          })."x@a.service".sections.Service.ExecStart
        );
    expected = [ ];
  };

  "startAt makes a timer" = {
    value = (units {
      systemd.services.x = {
        script = "true";
        startAt = [
          "daily"
          "Mon 10:00"
        ];
      };
    })."x.timer";
    expected = {
      wantedBy = [ "timers.target" ];
      sections.Timer.OnCalendar = [
        "daily"
        "Mon 10:00"
      ];
    };
  };

  "how a switch treats a service" = {
    value = section {
      enableDefaultPath = false;
      restartIfChanged = false;
      stopIfChanged = false;
      notSocketActivated = true;
    };
    expected = {
      X-RestartIfChanged = [ "false" ];
      X-StopIfChanged = [ "false" ];
      X-NotSocketActivated = [ "true" ];
    };
  };

  "reloadIfChanged wins over restartIfChanged" = {
    value = section {
      enableDefaultPath = false;
      reloadIfChanged = true;
      restartIfChanged = false;
    };
    expected.X-ReloadIfChanged = [ "true" ];
  };

  "a disabled unit is masked" = {
    value = (service { enable = false; }).disabled;
    expected = true;
  };

  "sockets, targets, slices" = {
    value = units {
      systemd.sockets.s = {
        listenStreams = [
          "80"
          "/run/s"
        ];
        socketConfig.Accept = true;
      };
      systemd.targets.t.wants = [ "s.socket" ];
      systemd.slices.l.sliceConfig.MemoryMax = "1G";
    };
    expected = {
      "s.socket".sections.Socket = {
        Accept = [ "true" ];
        ListenStream = [
          "80"
          "/run/s"
        ];
      };
      "t.target".sections.Unit.Wants = [ "s.socket" ];
      "l.slice".sections.Slice.MemoryMax = [ "1G" ];
    };
  };

  "a unit with a limit needs resource controllers" = {
    value = map (module: (describe module).needsControllers or false) [
      { systemd.services.x.serviceConfig.MemoryMax = "1G"; }
      { systemd.services.x.serviceConfig.User = "u"; }
    ];
    expected = [
      true
      false
    ];
  };

  "mounts are named after their place" = {
    value = builtins.attrNames (units {
      systemd.mounts = [
        {
          what = "tmpfs";
          where = "/srv/a-b";
        }
      ];
      systemd.automounts = [ { where = "/"; } ];
    });
    expected = [
      "-.automount"
      "srv-a\\x2db.mount"
    ];
  };

  "raw units" = {
    value = units {
      systemd.units."x.service" = {
        text = "[Service]\nExecStart=/x\n";
        wantedBy = [ "multi-user.target" ];
      };
    };
    expected."x.service" = {
      text = "[Service]\nExecStart=/x\n";
      wantedBy = [ "multi-user.target" ];
    };
  };

  "units of users" = {
    value =
      let
        system = describe { systemd.user.services.x.serviceConfig.ExecStart = "/x"; };
      in
      {
        inherit (system) needsLogin;
        inherit (system.userUnits."x.service") sections;
      };
    expected = {
      needsLogin = true;
      sections.Service.ExecStart = [ "/x" ];
    };
  };

  "temporary files" = {
    value =
      lib.mapAttrs (_: file: file.text)
        (lib.filterAttrs (name: _: lib.hasPrefix "tmpfiles.d/" name)
          (evaluate {
            systemd.tmpfiles.rules = [ "d /a 0755 - - -" ];
            systemd.tmpfiles.settings.b."/b b".d = {
              mode = "0700";
              user = "u";
            };
          }).environment.etc
        );
    expected = {
      "tmpfiles.d/00-nixos.conf" = "d /a 0755 - - -\n";
      "tmpfiles.d/b.conf" = ''"d" "/b b" "0700" "u" "-" "-"'' + "\n";
    };
  };

  "the value of a setting is visible to other modules" = {
    value = (evaluate { systemd.services.x.after = [ "a.service" ]; }).systemd.services.x.unitConfig.After;
    expected = "a.service";
  };

  "restart triggers are a file of the values" = {
    value = builtins.match "/nix/store/.*-X-Restart-Triggers" (
      builtins.head
        (service {
          restartTriggers = [
            "a"
            1
          ];
        }).sections.Unit.X-Restart-Triggers
    );
    expected = [ ];
  };
}
