# nixpkgs.*: which package set the system uses.
{
  config,
  options,
  lib,
  pkgsFor,
  ...
}:
let
  inherit (lib) mkOption types literalExpression;
  cfg = config.nixpkgs;
  systemOf = platform: if builtins.isAttrs platform then platform.system else platform;

  platformType = types.either types.str types.raw;

  shared = pkgsFor.${cfg.system} or (throw "berth has no packages for the system '${cfg.system}'");

  configured =
    if cfg.config == { } then shared else import shared.path { inherit (cfg) system config; };

  base = if options.nixpkgs.pkgs.isDefined then cfg.pkgs else configured;
in
{
  options.nixpkgs = {
    pkgs = mkOption {
      type = types.lazyAttrsOf types.raw;
      description = "A ready package set; nixpkgs.config then has no effect.";
    };

    config = mkOption {
      type = types.attrsOf types.raw;
      default = { };
      example = {
        allowUnfree = true;
      };
      description = "Settings of the package set, such as packageOverrides.";
    };

    overlays = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      example = literalExpression "[ (final: prev: { x = prev.hello; }) ]";
      description = "Functions that replace or add packages.";
    };

    hostPlatform = mkOption {
      type = platformType;
      example = "aarch64-linux";
      description = "The platform that the system runs on.";
    };

    buildPlatform = mkOption {
      type = platformType;
      default = cfg.hostPlatform;
      defaultText = literalExpression "nixpkgs.hostPlatform";
      description = "The platform that packages are built on; always the same as hostPlatform.";
    };

    system = mkOption {
      type = types.str;
      default = systemOf cfg.hostPlatform;
      defaultText = literalExpression "nixpkgs.hostPlatform";
      description = "The platform as a Nix system double.";
    };

    localSystem = mkOption {
      type = types.raw;
      default = {
        inherit (cfg) system;
      };
      defaultText = literalExpression "{ system = nixpkgs.system; }";
      description = "An older spelling of hostPlatform.";
    };

    flake.source = mkOption {
      type = types.nullOr (types.either types.str types.path);
      default = null;
      description = "Where nixpkgs came from; accepted and not used.";
    };
  };

  config = {
    _module.args.pkgs = if cfg.overlays == [ ] then base else base.appendOverlays cfg.overlays;
    nixpkgs.hostPlatform = lib.mkIf options.nixpkgs.pkgs.isDefined (lib.mkOptionDefault cfg.pkgs.system);
  };
}
