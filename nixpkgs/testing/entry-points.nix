# How systems and tests are made: nixosSystem, runTest, evalTest.
{
  lib,
  # The package set of each system, shared by everything that is evaluated.
  pkgsFor ? lib.genAttrs (import ../pkgs/systems.nix) (system: import ../. { inherit system; }),
}:
rec {
  # nixosSystem { modules = [ ... ]; } -> { config, options, pkgs, ... }
  # The system may be booted as a machine, so it has the options of those.
  nixosSystem =
    arguments:
    import ../modules/eval-config.nix (
      { inherit lib pkgsFor; }
      // arguments
      // {
        extraModules = [
          ./node.nix
          ../modules/virtualisation/vm-script.nix
        ]
        ++ arguments.extraModules or [ ];
      }
    );

  # optionList { system, modules ? [ ] } -> all options, as plain data.
  optionList = import ./options.nix { inherit lib nixosSystem; };

  evalModules =
    {
      modules ? [ ],
      specialArgs ? { },
      prefix ? [ ],
    }:
    lib.evalModules {
      inherit modules prefix;
      class = "nixos";
      specialArgs = {
        modulesPath = toString ../modules;
        inherit pkgsFor;
      }
      // specialArgs;
    };

  # A test module -> its evaluation.
  evalTest =
    module:
    lib.evalModules {
      class = "nixosTest";
      modules = import ./module-list.nix ++ [ module ];
      specialArgs = { inherit pkgsFor; };
    };

  # A test module -> the derivation that is the test.
  runTest = module: (evalTest module).config.result;
}
