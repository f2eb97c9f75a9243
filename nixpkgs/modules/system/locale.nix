# time, i18n, console, fonts: the locale of the system.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted;

  locale = config.i18n.defaultLocale;
  settings = {
    LANG = locale;
  }
  // config.i18n.extraLocaleSettings;

  # C.UTF-8 is built into the C library; every other locale is data.
  isBuiltIn = name: lib.hasPrefix "C" name || name == "POSIX";
in
{
  options = {
    time.timeZone = mkOption {
      type = types.nullOr (types.strMatching "[^ \t]*");
      default = null;
      example = "Europe/Berlin";
      description = "The time zone; null is UTC.";
    };
    time.hardwareClockInLocalTime = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted: a machine has no clock of its own.";
    };

    i18n.defaultLocale = mkOption {
      type = types.str;
      default = "C.UTF-8";
      example = "de_DE.UTF-8";
      description = ''
        The locale of the system. The default differs from NixOS's en_US.UTF-8:
        C.UTF-8 needs no locale data, which saves 200 MB.
      '';
    };
    i18n.extraLocaleSettings = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example = {
        LC_TIME = "de_DE.UTF-8";
      };
      description = "Further locale variables.";
    };
    i18n.supportedLocales = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted: Debian's locale data has all locales.";
    };
    i18n.extraLocales = mkOption {
      type = types.either (types.enum [ "all" ]) (types.listOf types.str);
      default = [ ];
      description = "Accepted: Debian's locale data has all locales.";
    };

    console = accepted "Accepted: a machine has no console.";
    fonts = accepted "Accepted: a machine has no screen.";
    location = accepted "Accepted and not used.";
  };

  config = lib.mkMerge [
    (lib.mkIf (settings != { LANG = "C.UTF-8"; }) {
      environment.etc."locale.conf".text = lib.concatStrings (
        lib.mapAttrsToList (name: value: "${name}=${value}\n") settings
      );
    })
    (lib.mkIf (config.time.timeZone != null) {
      environment.etc.localtime = {
        source = "/usr/share/zoneinfo/${config.time.timeZone}";
        mode = "direct-symlink";
      };
      environment.corePackages = [ pkgs.tzdata ];
    })
    (lib.mkIf (!lib.all isBuiltIn (builtins.attrValues settings)) {
      environment.corePackages = [ pkgs.glibcLocales ];
    })
  ];
}
