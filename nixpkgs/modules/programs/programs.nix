# programs.*: programs with settings of their own.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.programs;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  text =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };

  # programs.<name> = { enable; package; } -> the package is installed.
  simple = {
    git = "git";
    htop = "htop";
    less = "less";
    mtr = "mtr";
    nano = "nano";
    screen = "screen";
    tmux = "tmux";
    traceroute = "traceroute";
    vim = "vim";
  };

  enabled = lib.filter (name: cfg.${name}.enable) (builtins.attrNames simple);

  accepted =
    description:
    mkOption {
      type = types.attrsOf types.anything;
      default = { };
      inherit description;
    };
in
{
  options.programs =
    lib.mapAttrs (
      name: package:
      mkOption {
        default = { };
        description = "The program ${name}.";
        type = types.submodule {
          freeformType = types.attrsOf types.anything;
          options = {
            enable = flag false "Whether ${name} is installed.";
            package = mkOption {
              type = types.package;
              default = pkgs.${package};
              defaultText = lib.literalExpression "pkgs.${package}";
              description = "The package.";
            };
          };
        };
      }
    ) simple
    // {
      bash = {
        enable = flag true "Whether bash is set up for users.";
        shellAliases = mkOption {
          type = types.attrsOf (types.nullOr types.str);
          default = { };
          description = "Aliases of bash.";
        };
        interactiveShellInit = text "Text that interactive shells run at start.";
        loginShellInit = text "Text that login shells run at start.";
        shellInit = text "Text that every shell runs at start.";
        promptInit = text "Text that sets the prompt.";
        completion.enable = flag false "Whether arguments are completed.";
        enableCompletion = flag false "Whether arguments are completed.";
      };
      ssh = accepted "Accepted and not used.";
      gnupg = accepted "Accepted and not used.";
      zsh = accepted "Accepted and not used.";
      fish = accepted "Accepted and not used.";
      command-not-found = accepted "Accepted and not used.";
      nix-ld = accepted "Accepted: programs find Debian's loader where they look for it.";
    };

  config = {
    environment = {
      systemPackages = map (name: cfg.${name}.package) enabled;
      inherit (cfg.bash) shellAliases shellInit loginShellInit;
      interactiveShellInit = cfg.bash.promptInit + cfg.bash.interactiveShellInit;
    };
  };
}
