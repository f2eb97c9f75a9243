# Types of systemd units: names, settings, and the options of each kind.
{ lib }:
let
  inherit (import ../declare.nix { inherit lib; }) flag lines;
  inherit (builtins) isAttrs isList;
  inherit (lib) mkOption types;

  suffixes = "service|socket|device|mount|automount|swap|target|path|timer|scope|slice";

  unitName = types.strMatching "[a-zA-Z0-9@%:_.\\-]+[.](${suffixes})" // {
    description = "systemd unit name";
  };

  isScalar = value: !isList value && (!isAttrs value || value ? outPath || value ? __toString);

  # One setting. Lists of several definitions are joined, each element becomes
  # a line of its own; several scalars must be equal.
  setting = lib.mkOptionType {
    name = "systemd setting";
    description = "string, number, boolean, or list of them";
    descriptionClass = "noun";
    check = value: if isList value then lib.all isScalar value else isScalar value;
    merge =
      location: definitions:
      if builtins.length definitions == 1 then
        (builtins.head definitions).value
      else if lib.any (d: isList d.value) definitions then
        lib.concatMap (
          d:
          if isList d.value then
            d.value
          else
            throw (
              "The option `${lib.showOption location}' is a list in one definition, and not in ${toString d.file};"
              + " make both lists, or use lib.mkForce."
            )
        ) definitions
      else
        lib.mergeEqualOption location definitions;
  };

  settings = types.attrsOf setting // {
    description = "attribute set of systemd settings";
  };

  # Settings of which some take only certain words.
  settingsWithWords =
    words:
    settings
    // {
      merge =
        location: definitions:
        let
          merged = settings.merge location definitions;
          wrong = lib.filter (key: merged ? ${key} && !lib.elem (toString merged.${key}) words.${key}) (
            builtins.attrNames words
          );
          key = builtins.head wrong;
        in
        if wrong == [ ] then
          merged
        else
          throw (
            "The option `${lib.showOption (location ++ [ key ])}' is \"${toString merged.${key}}\";"
            + " systemd knows: ${lib.concatStringsSep ", " words.${key}}."
          );
    };

  serviceWords = {
    Type = [
      "exec"
      "simple"
      "forking"
      "oneshot"
      "dbus"
      "notify"
      "notify-reload"
      "idle"
    ];
    Restart = [
      "no"
      "on-success"
      "on-failure"
      "on-abnormal"
      "on-abort"
      "on-watchdog"
      "always"
    ];
  };

  unitList =
    description:
    mkOption {
      type = types.listOf unitName;
      default = [ ];
      inherit description;
    };

  settingsOption =
    section:
    mkOption {
      type = settings;
      default = { };
      description = "Keys of the [${section}] section.";
    };

  # Dependency options and the keys they are written as.
  dependencies = {
    requires = "Requires";
    wants = "Wants";
    upholds = "Upholds";
    after = "After";
    before = "Before";
    bindsTo = "BindsTo";
    partOf = "PartOf";
    conflicts = "Conflicts";
    requisite = "Requisite";
    onFailure = "OnFailure";
    onSuccess = "OnSuccess";
  };

  dependencyTexts = {
    requires = "Units that are started with this one and whose failure to start fails it.";
    wants = "Units that are started with this one.";
    upholds = "Units that are kept running while this one runs.";
    after = "Units that start before this one when both start.";
    before = "Units that start after this one when both start.";
    bindsTo = "Like requires; and when one of them stops, this one stops.";
    partOf = "Units whose stopping and restarting this one follows.";
    conflicts = "Units that cannot run together with this one.";
    requisite = "Units that must run already.";
    onFailure = "Units that are started when this one fails.";
    onSuccess = "Units that are started when this one ends well.";
  };

  installOptions = {
    wantedBy = unitList "Units that start this one.";
    requiredBy = unitList "Units that start this one and need it.";
    upheldBy = unitList "Units that keep this one running.";
    aliases = unitList "Further names of the unit.";
  };

  commonOptions =
    lib.mapAttrs (_: unitList) dependencyTexts
    // installOptions
    // {
      enable = flag true "Whether the unit exists; false masks it.";
      overrideStrategy = mkOption {
        type = types.enum [
          "asDropinIfExists"
          "asDropin"
        ];
        default = "asDropinIfExists";
        description = ''
          asDropinIfExists: where a package of systemd.packages has the unit,
          this definition adds to it. asDropin: it always adds to one.
        '';
      };
      description = mkOption {
        type = types.singleLineStr;
        default = "";
        description = "What the unit is, in a few words.";
      };
      documentation = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Where the unit is documented.";
      };
      startLimitBurst = mkOption {
        type = types.int;
        description = "How often the unit may start within startLimitIntervalSec.";
      };
      startLimitIntervalSec = mkOption {
        type = types.int;
        description = "The seconds in which startLimitBurst starts are allowed.";
      };
      restartTriggers = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
        description = "Values whose change restarts the unit on a switch.";
      };
      reloadTriggers = mkOption {
        type = types.listOf types.unspecified;
        default = [ ];
        description = "Values whose change reloads the unit on a switch.";
      };
      unitConfig = settingsOption "Unit" // {
        example = {
          RequiresMountsFor = "/data";
        };
      };
    };

  environmentType = types.attrsOf (
    types.nullOr (
      types.oneOf [
        types.str
        types.path
        types.package
      ]
    )
  );

  serviceOptions = {
    environment = mkOption {
      type = environmentType;
      default = { };
      example = {
        PORT = "3000";
      };
      description = "Variables of the service's processes; null removes a global one.";
    };
    path = mkOption {
      type = types.listOf (
        types.oneOf [
          types.package
          types.str
        ]
      );
      default = [ ];
      description = "Packages whose programs the service finds.";
    };
    enableDefaultPath = flag true "Whether the basic tools are at the end of path.";
    serviceConfig = mkOption {
      type = settingsWithWords serviceWords;
      default = { };
      example = {
        Restart = "always";
      };
      description = "Keys of the [Service] section.";
    };
    script = lines "Shell text that is the service's main process.";
    scriptArgs = mkOption {
      type = types.str;
      default = "";
      example = "%i";
      description = "Arguments of script.";
    };
    preStart = lines "Shell text that runs before the main process.";
    postStart = lines "Shell text that runs after the main process started.";
    reload = lines "Shell text that makes the service read its configuration again.";
    preStop = lines "Shell text that stops the service.";
    postStop = lines "Shell text that runs after the service stopped.";
    restartIfChanged = flag true "Whether a switch restarts the service when it changed.";
    reloadIfChanged = flag false "Whether a switch reloads the service when it changed.";
    stopIfChanged = flag true ''
      Whether a switch stops the old service before the activation and starts
      the new one after it, instead of restarting in one step.
    '';
    notSocketActivated = flag false "Whether a switch handles the service without its sockets.";
    startAt = mkOption {
      type = types.coercedTo types.str (time: [ time ]) (types.listOf types.str);
      default = [ ];
      example = "Sun 14:00:00";
      description = "Calendar times at which a timer starts the service.";
    };
    enableStrictShellChecks = flag false ''
      Whether scripts also stop at unset variables and failing pipelines.
    '';
    confinement = {
      enable = flag false "Whether the service sees only the files of its own closure.";
      fullUnit = flag false "Whether the closure is that of the whole unit instead of its programs.";
      packages = mkOption {
        type = types.listOf (types.either types.str types.package);
        default = [ ];
        description = "Further packages that the service sees.";
      };
      binSh = mkOption {
        type = types.nullOr types.path;
        default = "/bin/sh";
        description = "The program shown as /bin/sh.";
      };
      mode = mkOption {
        type = types.enum [
          "full-apivfs"
          "chroot-only"
        ];
        default = "full-apivfs";
        description = "Whether /dev, /proc, /sys, /tmp and the users are private too.";
      };
    };
  };

  socketOptions = {
    listenStreams = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "0.0.0.0:993" ];
      description = "Stream addresses to listen on.";
    };
    listenDatagrams = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Datagram addresses to listen on.";
    };
    socketConfig = settingsOption "Socket";
  };

  mountOptions = {
    what = mkOption {
      type = types.str;
      description = "What is mounted.";
    };
    where = mkOption {
      type = types.str;
      description = "Where it is mounted.";
    };
    type = mkOption {
      type = types.str;
      default = "";
      description = "The type of file system.";
    };
    options = mkOption {
      type = types.commas;
      default = "";
      description = "Mount options.";
    };
    mountConfig = settingsOption "Mount";
  };

  automountOptions = {
    where = mkOption {
      type = types.str;
      description = "Where it is mounted.";
    };
    automountConfig = settingsOption "Automount";
  };
in
{
  inherit
    commonOptions
    dependencies
    environmentType
    installOptions
    mountOptions
    automountOptions
    serviceOptions
    settings
    settingsOption
    socketOptions
    unitName
    ;
}
