# networking.nat: internal links that reach the outside through this system.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) strings;
  cfg = config.networking.nat;
  compact = import ../compact.nix { inherit lib; };


  fromOutside = lib.optionalString (
    cfg.externalInterface != null
  ) "iifname \"${cfg.externalInterface}\" ";

  # iptables writes ranges of ports with a colon, nftables with a dash.
  portsOf = port: builtins.replaceStrings [ ":" ] [ "-" ] (toString port.sourcePort);

  forwardRules =
    port:
    let
      leads = "${port.proto} dport ${portsOf port} dnat to ${port.destination}";
    in
    [ "${fromOutside}${leads}" ] ++ map (address: "ip daddr ${address} ${leads}") port.loopbackIPs;

  isIPv6 = port: lib.hasPrefix "[" port.destination;

  table =
    family: lines:
    lib.optionalString (lines != [ ]) ''
      table ${family} nixos-nat {
        chain incoming {
          type nat hook prerouting priority dstnat;
          ${lib.concatStringsSep "\n    " lines}
        }
      }
    '';

  ports = lib.partition isIPv6 cfg.forwardPorts;

  # Loaded inside, once the machine runs; what leaves the machine is translated
  # from the beginning.
  rules =
    table "ip" (
      lib.concatMap forwardRules ports.wrong
      ++ lib.optional (cfg.dmzHost != null) "${fromOutside}dnat to ${cfg.dmzHost}"
    )
    + table "ip6" (lib.concatMap forwardRules ports.right);
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

    systemd.services.nat = lib.mkIf (rules != "" || cfg.extraCommands != "") {
      description = "Network Address Translation";
      wantedBy = [ "network.target" ];
      before = [ "network.target" ];
      after = [ "network-pre.target" ];
      path = [
        pkgs.nftables
        pkgs.iptables
        pkgs.iproute2
      ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        nft -f ${pkgs.writeText "nat-rules" rules}
        ${cfg.extraCommands}
      '';
      postStop = ''
        nft delete table ip nixos-nat 2>/dev/null || true
        nft delete table ip6 nixos-nat 2>/dev/null || true
        ${cfg.extraStopCommands}
      '';
    };

    system.description.network.nat = compact {
      inherit (cfg) internalInterfaces externalInterface;
      internalIPs = cfg.internalIPs ++ lib.optionals cfg.enableIPv6 cfg.internalIPv6s;
    };
  };
}
