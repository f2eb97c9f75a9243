# programs.*: programs with settings of their own.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted flag lines;
  cfg = config.programs;

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

in
{
  options.programs =
    lib.recursiveUpdate (lib.mapAttrs (name: package: {
      enable = flag false "Whether ${name} is installed.";
      package = mkOption {
        type = types.package;
        default = pkgs.${package};
        defaultText = lib.literalExpression "pkgs.${package}";
        description = "The package.";
      };
    }) simple) {
      git.config = mkOption {
        type = types.attrsOf (types.attrsOf types.anything);
        default = { };
        description = "Settings of git for all users.";
      };
      nano.nanorc = lines "Lines of nanorc.";
      tmux.extraConfig = lines "Lines of tmux.conf.";
      vim.defaultEditor = flag false "Whether EDITOR is vim.";
      bash = {
        enable = flag true "Whether bash is set up for users.";
        shellAliases = mkOption {
          type = types.attrsOf (types.nullOr types.str);
          default = { };
          description = "Aliases of bash.";
        };
        interactiveShellInit = lines "Text that interactive shells run at start.";
        loginShellInit = lines "Text that login shells run at start.";
        shellInit = lines "Text that every shell runs at start.";
        promptInit = lines "Text that sets the prompt.";
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
      variables = lib.mkIf cfg.vim.defaultEditor { EDITOR = "vim"; };
      etc =
        lib.optionalAttrs (cfg.git.config != { }) {
          gitconfig.text = lib.generators.toGitINI cfg.git.config;
        }
        // lib.optionalAttrs (cfg.nano.nanorc != "") { nanorc.text = cfg.nano.nanorc; }
        // lib.optionalAttrs (cfg.tmux.extraConfig != "") {
          "tmux.conf".text = cfg.tmux.extraConfig;
        };
    };
  };
}
