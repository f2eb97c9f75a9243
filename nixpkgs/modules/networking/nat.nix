# networking.nat: internal links that reach the outside through this system.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) strings;
  cfg = config.networking.nat;
  compact = import ../compact.nix { inherit lib; };

in
{
  options.networking.nat = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether packets of internal links are masqueraded.";
    };
    enableIPv6 = mkOption {
      type = types.bool;
      default = false;
      description = "Whether IPv6 packets are masqueraded too.";
    };
    internalInterfaces = strings "Links whose packets are masqueraded; a + at the end stands for any name.";
    internalIPs = strings "Networks whose packets are masqueraded.";
    internalIPv6s = strings "IPv6 networks whose packets are masqueraded.";
    externalInterface = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "eth0";
      description = "The link to the outside.";
    };
    externalIP = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "The address that masqueraded packets get.";
    };
    dmzHost = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Where all other incoming connections go.";
    };
    forwardPorts = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            sourcePort = mkOption {
              type = types.either types.port types.str;
              description = "The port on the external link.";
            };
            destination = mkOption {
              type = types.str;
              description = "Address and port that it leads to.";
            };
            proto = mkOption {
              type = types.str;
              default = "tcp";
              description = "The protocol.";
            };
            loopbackIPs = strings "Addresses at which internal links reach the port too.";
          };
        }
      );
      default = [ ];
      description = "Ports that lead to internal hosts.";
    };
    extraCommands = mkOption {
      type = types.lines;
      default = "";
      description = "iptables commands that run after the set-up.";
    };
    extraStopCommands = mkOption {
      type = types.lines;
      default = "";
      description = "iptables commands that take extraCommands back.";
    };
  };

  config = lib.mkIf cfg.enable {
    boot.kernel.sysctl = {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 99 true;
      "net.ipv4.conf.default.forwarding" = lib.mkOverride 99 true;
    };
    system.description.network.nat = compact {
      inherit (cfg) internalInterfaces externalInterface;
      internalIPs = cfg.internalIPs ++ lib.optionals cfg.enableIPv6 cfg.internalIPv6s;
    };
  };
}
