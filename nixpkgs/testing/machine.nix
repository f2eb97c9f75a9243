# Options that every machine of a test has: its test networks.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../modules/declare.nix { inherit lib; }) accepted;
  cfg = config.virtualisation;

  interface =
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          defaultText = lib.literalExpression "<name>";
          description = "The name of the link.";
        };
        vlan = mkOption {
          type = types.ints.unsigned;
          description = "The number of the test network.";
        };
        assignIP = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the link gets the machine's addresses on that network.";
        };
      };
    };
in
{
  options.virtualisation = {
    vlans = mkOption {
      type = types.listOf types.ints.unsigned;
      default = if config.virtualisation.interfaces == { } then [ 1 ] else [ ];
      defaultText = lib.literalExpression "[ 1 ]";
      example = [
        1
        2
      ];
      description = "Numbers of the test networks: the first is eth1, and so on.";
    };
    interfaces = mkOption {
      type = types.attrsOf (types.submodule interface);
      default = { };
      description = "Links to test networks, by name.";
    };
    credentials = accepted "Accepted and not used.";
    allInterfaces = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "The links of vlans and interfaces together.";
      default =
        builtins.listToAttrs (
          lib.imap1 (i: vlan: {
            name = "eth${toString i}";
            value = {
              name = "eth${toString i}";
              inherit vlan;
              assignIP = true;
            };
          }) cfg.vlans
        )
        // cfg.interfaces;
    };
  };

  config = {
    # A test knows what it does: nothing has to be lockable or reachable.
    users.users.root.initialHashedPassword = lib.mkOverride 150 "";
    networking.defaultGateway = lib.mkOverride 150 null;
    networking.nameservers = lib.mkOverride 150 [ ];
    systemd.settings.Manager.DefaultTimeoutStartSec = lib.mkDefault "300s";
    users.allowNoPasswordLogin = lib.mkDefault true;
  };
}
