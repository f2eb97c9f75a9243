# security.*: sudo, wrappers, PAM, polkit.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted flag;
  cfg = config.security;

  wrapper = types.submodule (
    { name, ... }:
    {
      options = {
        enable = flag true "Whether the wrapper exists.";
        program = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "The name of the wrapper.";
        };
        source = mkOption {
          type = types.either types.path types.str;
          description = "The program that runs with privileges.";
        };
        owner = mkOption {
          type = types.str;
          description = "The owner.";
        };
        group = mkOption {
          type = types.str;
          description = "The group.";
        };
        permissions = mkOption {
          type = types.str;
          default = "u+rx,g+x,o+x";
          description = "The mode, as chmod writes it.";
        };
        setuid = flag false "Whether the program runs as its owner.";
        setgid = flag false "Whether the program runs as its group.";
        capabilities = mkOption {
          type = types.commas;
          default = "";
          description = "Capabilities the program has.";
        };
      };
    }
  );

  place = w: "\"$wrappers\"/${w.program}";
  sign = on: if on then "+" else "-";

  install = w: ''
    install -o ${w.owner} -g ${w.group} -m 0000 ${w.source} ${place w}
    ${lib.optionalString (w.capabilities != "") "setcap ${lib.escapeShellArg w.capabilities} ${place w}"}
    chmod u${sign w.setuid}s,g${sign w.setgid}s,${w.permissions} ${place w}
  '';

  wrappers = lib.filter (w: w.enable) (builtins.attrValues cfg.wrappers);

  # sudo is of use only to somebody who may call it.
  hasSudoers =
    cfg.sudo.extraRules != [ ]
    || cfg.sudo.extraConfig != ""
    || !cfg.sudo.wheelNeedsPassword
    || config.users.groups.wheel.members or [ ] != [ ]
    || lib.any (user: lib.elem "wheel" user.extraGroups) (builtins.attrValues config.users.users);

  tags = options: lib.optionalString (options != [ ]) "${lib.concatStringsSep ":" options}: ";
  commandText =
    command: if builtins.isString command then command else tags command.options + command.command;

  ruleLines =
    rule:
    let
      who = map toString rule.users ++ map (group: "%${toString group}") rule.groups;
      commands = lib.concatMapStringsSep ", " commandText rule.commands;
    in
    lib.optionalString (rule.commands != [ ]) (
      lib.concatMapStrings (name: "${name} ${rule.host}=(${rule.runAs}) ${commands}\n") who
    );
in
{
  options.security = {
    wrappers = mkOption {
      type = types.attrsOf wrapper;
      default = { };
      description = "Programs in /run/wrappers/bin that run with privileges.";
    };

    sudo = {
      enable = flag true "Whether sudo is installed.";
      package = mkOption {
        type = types.package;
        default = pkgs.sudo;
        defaultText = lib.literalExpression "pkgs.sudo";
        description = "The sudo package.";
      };
      wheelNeedsPassword = flag true "Whether members of wheel must give their password.";
      execWheelOnly = flag false "Accepted and not used.";
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines of sudoers.";
      };
      extraRules = mkOption {
        type = types.listOf (
          types.submodule {
            options = {
              users = mkOption {
                type = types.listOf (types.either types.str types.int);
                default = [ ];
                description = "Users the rule is for.";
              };
              groups = mkOption {
                type = types.listOf (types.either types.str types.int);
                default = [ ];
                description = "Groups the rule is for.";
              };
              host = mkOption {
                type = types.str;
                default = "ALL";
                description = "Hosts on which the rule applies.";
              };
              runAs = mkOption {
                type = types.str;
                default = "ALL:ALL";
                description = "As whom commands may run.";
              };
              commands = mkOption {
                type = types.listOf (
                  types.either types.str (
                    types.submodule {
                      options = {
                        command = mkOption {
                          type = types.str;
                          description = "A command that may run.";
                        };
                        options = mkOption {
                          type = types.listOf types.str;
                          default = [ ];
                          example = [ "NOPASSWD" ];
                          description = "Tags of the command.";
                        };
                      };
                    }
                  )
                );
                default = [ ];
                description = "Commands that may run.";
              };
            };
          }
        );
        default = [ ];
        description = "Who may run what.";
      };
    };

    polkit = {
      enable = flag false "Whether polkit is installed.";
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Rules of polkit.";
      };
    };

    pam = accepted "Accepted: PAM is configured by berth.";
    acme = accepted "Accepted: machines have no way out by default.";
    apparmor = accepted "Accepted: confinement is up to the host's kernel.";
    audit = accepted "Accepted: auditing is up to the host's kernel.";
    auditd = accepted "Accepted: auditing is up to the host's kernel.";
    rtkit = accepted "Accepted and not used.";
    unprivilegedUsernsClone = flag true "Accepted: it is up to the host's kernel.";
    protectKernelImage = flag false "Accepted: it is up to the host's kernel.";
    lockKernelModules = flag false "Accepted: it is up to the host's kernel.";
    allowUserNamespaces = flag true "Accepted: it is up to the host's kernel.";
  };

  config = lib.mkMerge [
    (lib.mkIf (cfg.sudo.enable && hasSudoers) {
      environment.systemPackages = [ cfg.sudo.package ];
      environment.etc.sudoers = {
        mode = "0440";
        text = ''
          root ALL=(ALL:ALL) SETENV: ALL
          %wheel ALL=(ALL:ALL) ${lib.optionalString (!cfg.sudo.wheelNeedsPassword) "NOPASSWD: "}SETENV: ALL
          Defaults secure_path="/run/wrappers/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin"
          ${lib.concatMapStrings ruleLines cfg.sudo.extraRules}${cfg.sudo.extraConfig}
        '';
      };
    })
    (lib.mkIf cfg.polkit.enable {
      environment.systemPackages = [ pkgs.polkit ];
      environment.etc."polkit-1/rules.d/10-nixos.rules".text = cfg.polkit.extraConfig;
      systemd.needsLogin = true;
    })
    (lib.mkIf (wrappers != [ ]) {
      system.activationScripts.wrappers.text = ''
        PATH=${
          lib.makeBinPath [
            pkgs.coreutils
            pkgs.libcap
            pkgs.util-linux
          ]
        }
        # /run itself does not let programs have privileges.
        mkdir -p /run/wrappers
        mountpoint -q /run/wrappers || mount -t tmpfs -o mode=755,nodev wrappers /run/wrappers
        wrappers=/run/wrappers/bin
        mkdir -p "$wrappers"
        ${lib.concatMapStrings install wrappers}
      '';
    })
  ];
}
