# environment.variables, shellAliases and what shells read at start.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.environment;

  value = types.oneOf [
    types.int
    types.str
    types.path
  ];

  variables = types.attrsOf (types.nullOr (types.either value (types.listOf value)));

  text = v: if builtins.isList v then lib.concatMapStringsSep ":" toString v else toString v;

  exports = lib.concatStrings (
    lib.mapAttrsToList (name: v: "export ${name}=${lib.escapeShellArg (text v)}\n") (
      lib.filterAttrs (_: v: v != null) (cfg.sessionVariables // cfg.variables)
    )
  );

  aliases = lib.concatStrings (
    lib.mapAttrsToList (name: command: "alias -- ${name}=${lib.escapeShellArg command}\n") (
      lib.filterAttrs (_: command: command != null) cfg.shellAliases
    )
  );

  userPath = lib.concatStringsSep ":" (
    [
      "/run/wrappers/bin"
      "/etc/profiles/per-user/$USER/bin"
    ]
    ++ lib.concatMap (profile: [
      "${profile}/bin"
      "${profile}/sbin"
    ]) cfg.profiles
  );
in
{
  options.environment = {
    variables = mkOption {
      type = variables;
      default = { };
      example = {
        EDITOR = "vim";
      };
      description = "Variables of every shell; lists are joined with colons, null removes one.";
    };

    sessionVariables = mkOption {
      type = variables;
      default = { };
      description = "Variables of every session, also without a shell.";
    };

    profiles = mkOption {
      type = types.listOf types.str;
      default = [ "/run/current-system/sw" ];
      description = "Trees whose programs are on the PATH of shells.";
    };

    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr types.str);
      default = { };
      example = {
        ll = "ls -l";
      };
      description = "Aliases of interactive shells; null removes one.";
    };

    shells = mkOption {
      type = types.listOf (types.either types.shellPackage types.path);
      default = [ ];
      description = "Shells that users may choose; the line in /etc/shells.";
    };

    binsh = mkOption {
      type = types.path;
      default = "/bin/dash";
      visible = false;
      description = "The shell at /bin/sh.";
    };

    usrbinenv = mkOption {
      type = types.nullOr types.path;
      default = "/usr/bin/env";
      visible = false;
      description = "The program at /usr/bin/env.";
    };
  }
  // lib.genAttrs [ "shellInit" "loginShellInit" "interactiveShellInit" "extraInit" ] (
    name:
    mkOption {
      type = types.lines;
      default = "";
      description =
        {
          shellInit = "Text that every shell runs at start.";
          loginShellInit = "Text that login shells run at start.";
          interactiveShellInit = "Text that interactive shells run at start.";
          extraInit = "Text that runs after the variables were set.";
        }
        .${name};
    }
  );

  config.environment.etc = {
    # Debian's /etc/profile reads this directory.
    "profile.d/10-environment.sh".text = ''
      export PATH="${userPath}:$PATH"
      ${exports}${cfg.extraInit}
      ${cfg.shellInit}
      ${cfg.loginShellInit}
    '';
  }
  // lib.optionalAttrs (cfg.shellAliases != { } || cfg.interactiveShellInit != "") {
    "bash.bashrc".text = ''
      [ -z "$PS1" ] && return
      PS1='[\u@\h:\w]\$ '
      ${aliases}${cfg.interactiveShellInit}
    '';
  }
  // lib.optionalAttrs (cfg.sessionVariables != { }) {
    "environment".text = lib.concatStrings (
      lib.mapAttrsToList (name: v: "${name}=${builtins.toJSON (text v)}\n") (
        lib.filterAttrs (_: v: v != null) cfg.sessionVariables
      )
    );
  };
}
