# One NixOS-style system: the base modules and the user's, evaluated together.
#
# Takes what nixpkgs' eval-config takes. `pkgsFor` maps systems to package sets,
# so that all systems of one evaluation share them.
{
  lib,
  pkgsFor,
  modules ? [ ],
  system ? null,
  specialArgs ? { },
  baseModules ? import ./module-list.nix,
  extraModules ? [ ],
  pkgs ? null,
  prefix ? [ ],
  modulesLocation ? null,
  extraArgs ? { },
}:
let
  located =
    if modulesLocation == null then
      modules
    else
      map (lib.setDefaultModuleLocation modulesLocation) modules;

  argumentsModule = {
    _file = ./eval-config.nix;
    config = {
      _module.args = {
        inherit baseModules extraModules;
        modules = located;
      }
      // extraArgs;
      nixpkgs.pkgs = lib.mkIf (pkgs != null) (lib.mkDefault pkgs);
      nixpkgs.hostPlatform = lib.mkIf (system != null) (lib.mkOptionDefault system);
    };
  };

  evaluated = lib.evalModules {
    inherit prefix;
    class = "nixos";
    modules = baseModules ++ [ argumentsModule ] ++ extraModules ++ located;
    specialArgs = {
      modulesPath = toString ./.;
      inherit pkgsFor;
      # Where this system stands in the configuration around it, for messages.
      systemPath = prefix;
    }
    // specialArgs;
  };

  publish = evaluation: {
    inherit (evaluation)
      options
      config
      _module
      type
      ;
    inherit lib extraArgs;
    inherit (evaluation._module.args) pkgs;
    class = "nixos";
    extendModules = arguments: publish (evaluation.extendModules arguments);
  };
in
publish evaluated
