# The kinds of units: for each the type of `systemd.<kind>.<name>` and how a
# value of it becomes a unit of the description.
#
# What the options stand for (After=, ExecStart= ...) is defined inside the
# submodules, so that it merges with what users write into unitConfig and
# serviceConfig.
{ lib, pkgs }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    isBool
    isList
    listToAttrs
    mapAttrs
    replaceStrings
    ;
  inherit (lib)
    mkAfter
    optionalAttrs
    types
    ;
  unitTypes = import ./types.nix { inherit lib; };
  compact = import ../compact.nix { inherit lib; };

  dependencyNames = attrNames unitTypes.dependencies;

  # Settings -> lines of text.
  text = value: if isBool value then lib.boolToString value else toString value;
  lines = value: if isList value then map text value else [ (text value) ];
  section = mapAttrs (_: lines);

  triggerFile = name: values: [
    "${pkgs.writeText name (
      concatStringsSep "\n" (map (value: if builtins.isPath value then "${value}" else toString value) values)
    )}"
  ];

  # [Unit] keys from the options of every kind.
  unitModule =
    {
      name,
      config,
      options,
      ...
    }:
    {
      options = unitTypes.commonOptions;
      config.unitConfig =
        listToAttrs (
          map (option: {
            name = unitTypes.dependencies.${option};
            value = concatStringsSep " " config.${option};
          }) (lib.filter (option: config.${option} != [ ]) dependencyNames)
        )
        // optionalAttrs (config.description != "") { Description = config.description; }
        // optionalAttrs (config.documentation != [ ]) { Documentation = toString config.documentation; }
        // optionalAttrs options.startLimitBurst.isDefined { StartLimitBurst = config.startLimitBurst; }
        // optionalAttrs options.startLimitIntervalSec.isDefined {
          StartLimitIntervalSec = config.startLimitIntervalSec;
        }
        // optionalAttrs (config.restartTriggers != [ ]) {
          X-Restart-Triggers = triggerFile "X-Restart-Triggers" config.restartTriggers;
        }
        // optionalAttrs (config.reloadTriggers != [ ]) {
          X-Reload-Triggers = triggerFile "X-Reload-Triggers" config.reloadTriggers;
        };
    };

  checkName =
    kind: name:
    if builtins.match "[a-zA-Z0-9@%:_.\\-]+" name != null then
      name
    else
      throw "systemd.${kind}s: \"${name}\" cannot be a unit name; letters, digits and @ % : _ . \\ - are possible";

  # The description of a unit whose sections besides [Unit] are given.
  describe =
    unit: sections: environment:
    compact {
      disabled = !unit.enable;
      sections = lib.filterAttrs (_: keys: keys != { }) (
        {
          Unit = section unit.unitConfig;
        }
        // mapAttrs (_: section) sections
      );
      inherit environment;
      inherit (unit)
        wantedBy
        requiredBy
        upheldBy
        aliases
        ;
      overrideStrategy = if unit.overrideStrategy == "asDropin" then "asDropin" else null;
    };

  # Packages at the end of every service's PATH.
  defaultPath = [
    pkgs.coreutils
    pkgs.findutils
    pkgs.gnugrep
    pkgs.gnused
    pkgs.systemd
  ];

  searchPath =
    path:
    let
      directory = sub: item: "${item}/${sub}";
    in
    concatStringsSep ":" (map (directory "bin") path ++ map (directory "sbin") path);

  scriptKeys = {
    preStart = {
      key = "ExecStartPre";
      suffix = "-pre-start";
      many = true;
    };
    script = {
      key = "ExecStart";
      suffix = "-start";
      many = false;
    };
    postStart = {
      key = "ExecStartPost";
      suffix = "-post-start";
      many = true;
    };
    reload = {
      key = "ExecReload";
      suffix = "-reload";
      many = false;
    };
    preStop = {
      key = "ExecStop";
      suffix = "-pre-stop";
      many = false;
    };
    postStop = {
      key = "ExecStopPost";
      suffix = "-post-stop";
      many = false;
    };
  };
  scriptNames = attrNames scriptKeys;

  unitScript =
    strict: name: body:
    let
      file = replaceStrings [ "@" "\\" ] [ "_" "-" ] name;
      script = pkgs.writeTextFile {
        name = "unit-script-${file}";
        executable = true;
        destination = "/bin/${file}";
        text = "#!${pkgs.runtimeShell}\nset -e\n${lib.optionalString strict "set -u -o pipefail\n"}\n${body}\n";
      };
    in
    "${script}/bin/${file}";

  execute =
    name: config: option:
    let
      how = scriptKeys.${option};
      program = unitScript config.enableStrictShellChecks "${name}${how.suffix}" config.${option};
      command = if option == "script" then "${program} ${config.scriptArgs}" else program;
    in
    {
      name = how.key;
      value = if how.many then [ command ] else command;
    };

  serviceModule =
    { name, config, ... }:
    {
      options = unitTypes.serviceOptions;
      config = {
        path = lib.mkIf config.enableDefaultPath (mkAfter defaultPath);
        environment = optionalAttrs (config.path != [ ]) { PATH = searchPath config.path; };
        serviceConfig =
          listToAttrs (
            map (execute name config) (lib.filter (option: config.${option} != "") scriptNames)
          )
          // optionalAttrs config.confinement.enable (confine config);
      };
    };

  # A private root with nothing but what the service names: systemd binds it
  # together. /usr is the machine's own, because Debian's programs live there.
  confine =
    config:
    {
      RootDirectory = "/var/empty";
      TemporaryFileSystem = "/";
      PrivateMounts = true;
      MountAPIVFS = config.confinement.mode == "full-apivfs";
      BindReadOnlyPaths = [
        "/nix/store"
        "/usr"
        "/bin"
        "/sbin"
        "/lib"
        "-/lib64"
        "-/etc/ld.so.cache"
      ];
    }
    // optionalAttrs (config.confinement.mode == "full-apivfs") {
      PrivateDevices = true;
      PrivateTmp = true;
      PrivateUsers = true;
      ProtectControlGroups = true;
      ProtectKernelModules = true;
      ProtectKernelTunables = true;
    };

  switchKeys =
    service:
    (
      if service.reloadIfChanged then
        { X-ReloadIfChanged = true; }
      else
        optionalAttrs (!service.restartIfChanged) { X-RestartIfChanged = false; }
    )
    // optionalAttrs (!service.stopIfChanged) { X-StopIfChanged = false; }
    // optionalAttrs service.notSocketActivated { X-NotSocketActivated = true; };

  submoduleOf = modules: types.attrsOf (types.submodule ([ unitModule ] ++ modules));

  simple = kind: options: describeSections: {
    type = submoduleOf [ { inherit options; } ];
    describe = _: unit: describe unit (describeSections unit) { };
    inherit kind;
  };
in
rec {
  inherit
    checkName
    describe
    unitModule
    ;

  service = {
    kind = "service";
    type = submoduleOf [ serviceModule ];
    describe =
      globalEnvironment: service:
      describe service { Service = service.serviceConfig // switchKeys service; } (
        mapAttrs (_: value: "${value}") (
          lib.filterAttrs (_: value: value != null) (globalEnvironment // service.environment)
        )
      );
  };

  socket = simple "socket" unitTypes.socketOptions (unit: {
    Socket =
      unit.socketConfig
      // optionalAttrs (unit.listenStreams != [ ]) {
        ListenStream = lib.toList (unit.socketConfig.ListenStream or [ ]) ++ unit.listenStreams;
      }
      // optionalAttrs (unit.listenDatagrams != [ ]) {
        ListenDatagram = lib.toList (unit.socketConfig.ListenDatagram or [ ]) ++ unit.listenDatagrams;
      };
  });

  timer = simple "timer" { timerConfig = unitTypes.settingsOption "Timer"; } (unit: {
    Timer = unit.timerConfig;
  });

  path = simple "path" { pathConfig = unitTypes.settingsOption "Path"; } (unit: {
    Path = unit.pathConfig;
  });

  slice = simple "slice" { sliceConfig = unitTypes.settingsOption "Slice"; } (unit: {
    Slice = unit.sliceConfig;
  });

  target = simple "target" { } (_: { });

  # Timers that services ask for by startAt.
  timersOf =
    services:
    mapAttrs
      (_: service: {
        wantedBy = [ "timers.target" ];
        timerConfig.OnCalendar = service.startAt;
      })
      (lib.filterAttrs (_: service: service.enable && service.startAt != [ ]) services);

  # { a = unit; } -> { "a.kind" = description; }
  describeAll =
    kind: describeOne: units:
    lib.mapAttrs' (name: unit: {
      name = "${checkName kind name}.${kind}";
      value = describeOne unit;
    }) units;

}
