# environment.systemPackages & co.: what is in /run/current-system/sw.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types literalExpression;
  cfg = config.environment;

  packageList = types.listOf types.package;
in
{
  options.environment = {
    systemPackages = mkOption {
      type = packageList;
      default = [ ];
      example = literalExpression "[ pkgs.git ]";
      description = "Packages whose programs every user finds.";
    };

    corePackages = mkOption {
      type = packageList;
      description = "The basic tools that are always there.";
    };

    defaultPackages = mkOption {
      type = packageList;
      default = [
        pkgs.perl
        pkgs.rsync
        pkgs.strace
      ];
      defaultText = literalExpression "[ pkgs.perl pkgs.rsync pkgs.strace ]";
      example = [ ];
      description = ''
        Packages that are there unless you say otherwise: a definition replaces
        the list.
      '';
    };

    pathsToLink = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "/share/doc" ];
      description = "Directories of the packages that are merged, besides the usual ones.";
    };

    extraOutputsToInstall = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Further outputs of the packages that are merged.";
    };

    extraSetup = mkOption {
      type = types.lines;
      default = "";
      description = "Shell text that may change the merged tree in $out.";
    };
  };

  options.system.path = mkOption {
    type = types.package;
    internal = true;
    description = "The merged tree of all packages of the system.";
  };

  config = {
    environment.corePackages = [
      pkgs.bash
      pkgs.bzip2
      pkgs.coreutils
      pkgs.curl
      pkgs.diffutils
      pkgs.findutils
      pkgs.gawk
      pkgs.gnugrep
      pkgs.gnused
      pkgs.gnutar
      pkgs.gzip
      pkgs.iproute2
      pkgs.iputils
      pkgs.less
      pkgs.libc
      pkgs.netcat
      pkgs.nettools
      pkgs.procps
      pkgs.util-linux
      pkgs.which
      pkgs.xz
      pkgs.zstd
    ];

    environment.pathsToLink = [
      "/bin"
      "/sbin"
      "/lib"
      "/share"
      "/etc"
    ];

    system.path = pkgs.buildEnv {
      name = "system-path";
      # Earlier packages win where two have the same file.
      paths = cfg.systemPackages ++ cfg.corePackages ++ cfg.defaultPackages ++ [ pkgs.machineBase ];
      inherit (cfg) pathsToLink extraOutputsToInstall;
      ignoreCollisions = true;
      postBuild = cfg.extraSetup;
    };

    system.description.systemPath = "${config.system.path}";
  };
}
