# The derivation that is the test.
{
  config,
  lib,
  extendModules,
  ...
}:
let
  inherit (lib) mkOption types;
  pkgs = config.hostPkgs;

  machineOf =
    kind: machine:
    {
      system = "${machine.system.build.toplevel}";
      inherit kind;
    };

  python = pkgs.python3.withPackages config.extraPythonPackages;

  description = {
    version = 1;
    inherit (config) name;
    machines =
      lib.mapAttrs (_: machineOf "node") config.nodes
      // lib.mapAttrs (_: machineOf "container") config.containers;
    script = config.testScriptString;
    interpreter = "${python}";
    inherit (config) globalTimeout logLevel;
  }
  // lib.optionalAttrs config.skipLint { skipLint = true; }
  // lib.optionalAttrs config.skipTypeCheck { skipTypeCheck = true; };

  changed = module: (extendModules { modules = [ module ]; }).config;

  derivationNamed =
    name:
    derivation {
      inherit name;
      inherit (pkgs) system;
      builder = "builtin:nixos-test";
      test = builtins.seq config.machines (builtins.toJSON description);
    };

  attributes = {
    inherit (config) nodes containers meta;
    inherit config;
    test = config.result;
    driver = config.driver;
    driverInteractive = config.driverInteractive;
    passthru = config.passthru;
    extend =
      {
        modules ? [ ],
        specialArgs ? { },
      }:
      (extendModules { inherit modules specialArgs; }).config.result;
    extendNixOS =
      {
        module,
        specialArgs ? { },
      }:
      (changed {
        defaults = module;
        node.specialArgs = specialArgs;
      }).result;
    overrideTestDerivation = change: config.result // change config.result;
  };
in
{
  options = {
    driver = mkOption {
      type = types.package;
      internal = true;
      description = "What drives the test; for berth that is the test itself.";
    };
    driverInteractive = mkOption {
      type = types.package;
      internal = true;
      description = "The test with the settings of `interactive`.";
    };
    result = mkOption {
      type = types.package;
      internal = true;
      description = "The derivation that is the test.";
    };
  };

  config = {
    driver = derivationNamed "nixos-test-driver-${config.name}";
    driverInteractive =
      if config.isInteractive then
        config.driver
      else
        (changed {
          imports = [ config.interactive ];
          config.isInteractive = true;
        }).driver;
    result = lib.warnIf config.skipLint "${config.name}: the test script is not looked over (skipLint)" (
      derivationNamed "vm-test-run-${config.name}" // config.passthru // attributes
    );
  };
}
