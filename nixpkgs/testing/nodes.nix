# nodes.<name> and containers.<name>: the machines of a test.
#
# Upstream the two are virtual machines and nspawn containers. berth boots
# both alike; what differs is which options they have.
{
  config,
  lib,
  pkgsFor,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../modules/declare.nix { inherit lib; }) flag;

  module =
    description:
    mkOption {
      type = types.deferredModule;
      default = { };
      inherit description;
    };

  # The type of a machine: its definitions are modules of one system, and its
  # value is that system's configuration.
  machine =
    kind: kindModules:
    lib.mkOptionType {
      name = "machine";
      description = "NixOS configuration";
      descriptionClass = "noun";
      merge =
        location: definitions:
        (import ../modules/eval-config.nix {
          inherit lib pkgsFor;
          inherit (config.node) specialArgs;
          prefix = location;
          modules =
            kindModules
            ++ [
              packages
              config.defaults
              { _module.args.name = lib.last location; }
            ]
            ++ networkModules location
            ++ map (definition: lib.setDefaultModuleLocation definition.file definition.value) definitions;
        }).config;
    };

  networkModules = location: [ (config.networkModule (lib.last location)) ];

  packages =
    if config.node.pkgs == null then
      { nixpkgs.pkgs = lib.mkDefault config.hostPkgs; }
    else
      {
        imports = lib.optional config.node.pkgsReadOnly ../modules/system/read-only-packages.nix;
        nixpkgs.pkgs = config.node.pkgs;
      };

  both = builtins.intersectAttrs config.nodes config.containers;
in
{
  imports = [ (lib.mkAliasOptionModule [ "machine" ] [ "nodes" "machine" ]) ];

  options = {
    nodes = mkOption {
      type = types.lazyAttrsOf (
        machine "node" [
          ./machine.nix
          ./node.nix
          config.nodeDefaults
          config.extraBaseModules
          config.extraBaseNodeModules
        ]
      );
      default = { };
      description = "Machines, by name, as NixOS modules.";
    };
    containers = mkOption {
      type = types.lazyAttrsOf (
        machine "container" [
          ./machine.nix
          ./container.nix
          config.containerDefaults
          config.extraBaseModules
        ]
      );
      default = { };
      description = "Machines without a kernel of their own, by name, as NixOS modules.";
    };
    defaults = module "Settings of every machine.";
    nodeDefaults = module "Settings of every node.";
    containerDefaults = module "Settings of every container.";
    extraBaseModules = module "Settings of every machine.";
    extraBaseNodeModules = module "Settings of every node.";
    node = {
      pkgs = mkOption {
        type = types.nullOr types.raw;
        default = null;
        description = "The package set of every machine.";
      };
      pkgsReadOnly = flag (config.node.pkgs != null) "Whether machines cannot change the package set.";
      specialArgs = mkOption {
        type = types.lazyAttrsOf types.raw;
        default = { };
        description = "Further arguments of the machines' modules.";
      };
    };
    machines = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      default =
        if both != { } then
          throw "machines that are declared both as nodes and as containers: ${toString (builtins.attrNames both)}"
        else
          config.nodes // config.containers;
      description = "All machines.";
    };
  };
}
