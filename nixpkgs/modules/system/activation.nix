# system.activationScripts: shell text that runs before the service manager.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  snippet = types.submodule {
    options = {
      deps = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "Names of scripts that run earlier.";
      };
      text = mkOption {
        type = types.lines;
        default = "";
        description = "The shell text.";
      };
      supportsDryActivation = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the script may run in a dry activation.";
      };
    };
  };

  scriptType = types.attrsOf (types.coercedTo types.str (text: { inherit text; }) snippet);

  scripts = config.system.activationScripts;

  # Scripts that berth's own activation stands for.
  builtIn = [
    "binsh"
    "etc"
    "groups"
    "hostname"
    "specialfs"
    "stdio"
    "usrbinenv"
    "users"
    "var"
  ];

  own = lib.filterAttrs (_: script: script.text != "") scripts;

  ordered =
    lib.toposort (a: b: lib.elem a scripts.${b}.deps) (builtins.attrNames own);

  missing = lib.concatMap (
    name: lib.filter (dep: !(scripts ? ${dep}) && !lib.elem dep builtIn) own.${name}.deps
  ) (builtins.attrNames own);

  text = ''
    #!${pkgs.runtimeShell}
    PATH=${
      lib.makeBinPath [
        pkgs.coreutils
        pkgs.gnugrep
        pkgs.findutils
      ]
    }
    _status=0
    trap "_status=1 _localstatus=\$?" ERR
  ''
  + lib.concatMapStrings (name: ''

    # ${name}
    _localstatus=0
    ${own.${name}.text}
    if (( _localstatus > 0 )); then
      printf "activation script '%s' failed (%s)\n" "${name}" "$_localstatus" >&2
    fi
  '') ordered.result
  + ''

    exit $_status
  '';
in
{
  options.system = {
    activationScripts = mkOption {
      type = scriptType;
      default = { };
      example = lib.literalExpression ''{ motd.text = "echo hello > /run/motd"; }'';
      description = ''
        Shell text that runs as root each time the system is activated, before
        its services start. It must be fast and may run any number of times.
      '';
    };

    userActivationScripts = mkOption {
      type = scriptType;
      default = { };
      description = "Shell text that runs when a user's service manager starts.";
    };

    switch.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the system can be switched to another configuration while it runs.";
    };
  };

  config = {
    assertions = [
      {
        assertion = missing == [ ];
        message = "system.activationScripts depend on scripts that do not exist: ${toString missing}";
      }
      {
        assertion = ordered ? result;
        message = "system.activationScripts depend on each other in a cycle: ${toString (ordered.cycle or [ ])}";
      }
    ];
    system.description = lib.optionalAttrs (own != { }) {
      activationScript = "${pkgs.writeScript "activate" text}";
    };
  };
}
