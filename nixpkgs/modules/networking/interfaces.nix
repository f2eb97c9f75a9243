# networking.interfaces: links, addresses and routes. berth configures them
# from outside, before the first process of the machine runs.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) accepted;
  cfg = config.networking;
  compact = import ../compact.nix { inherit lib; };

  address = prefixLength: {
    options = {
      address = mkOption {
        type = types.str;
        description = "The address, without prefix length.";
      };
      prefixLength = mkOption {
        type = types.ints.between 0 prefixLength;
        description = "How many leading bits are the network's.";
      };
    };
  };

  route = {
    options = {
      address = mkOption {
        type = types.str;
        description = "The network's address.";
      };
      prefixLength = mkOption {
        type = types.ints.between 0 128;
        description = "How many leading bits are the network's.";
      };
      via = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The next hop.";
      };
      options = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Further words of the route.";
      };
    };
  };

  family = bits: {
    addresses = mkOption {
      type = types.listOf (types.submodule (address bits));
      default = [ ];
      description = "Addresses of the link.";
    };
    routes = mkOption {
      type = types.listOf (types.submodule route);
      default = [ ];
      description = "Routes through the link.";
    };
  };

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
        ipv4 = family 32;
        ipv6 = family 128;
        useDHCP = mkOption {
          type = types.nullOr types.bool;
          default = null;
          description = "Accepted: addresses are planned, not leased.";
        };
        macAddress = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "The hardware address.";
        };
        mtu = mkOption {
          type = types.nullOr types.int;
          default = null;
          description = "The largest packet, in bytes.";
        };
        virtual = mkOption {
          type = types.bool;
          default = false;
          description = "Accepted and not used.";
        };
        wakeOnLan = mkOption {
          type = types.attrsOf types.anything;
          default = { };
          description = "Accepted: a machine has no hardware of its own.";
        };
        proxyARP = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the link answers for others.";
        };
        vlan = mkOption {
          type = types.int;
          default = 0;
          internal = true;
          description = "The number of the test network the link is plugged into.";
        };
      };
    };

  gateway =
    description:
    mkOption {
      type = types.nullOr (
        types.coercedTo types.str (text: { address = text; }) (
          types.submodule {
            options = {
              address = mkOption {
                type = types.str;
                description = "The gateway's address.";
              };
              interface = mkOption {
                type = types.nullOr types.str;
                default = null;
                description = "The link to it.";
              };
              metric = mkOption {
                type = types.nullOr types.int;
                default = null;
                description = "The weight of the route.";
              };
              source = mkOption {
                type = types.nullOr types.str;
                default = null;
                description = "The source address.";
              };
            };
          }
        )
      );
      default = null;
      inherit description;
    };

  withPrefix = entry: "${entry.address}/${toString entry.prefixLength}";

  describe =
    link:
    compact {
      inherit (link) vlan mtu;
      mac = link.macAddress;
      addresses =
        map withPrefix link.ipv4.addresses ++ lib.optionals cfg.enableIPv6 (map withPrefix link.ipv6.addresses);
    };

  routesOf =
    link:
    map (
      r:
      "ip route replace ${r.address}/${toString r.prefixLength}${
        lib.optionalString (r.via != null) " via ${r.via}"
      } dev ${link.name}${lib.concatStrings (lib.mapAttrsToList (k: v: " ${k} ${v}") r.options)}"
    ) (link.ipv4.routes ++ link.ipv6.routes);

  links = builtins.attrValues cfg.interfaces;
  routes = lib.concatMap routesOf links;

in
{
  options.networking = {
    interfaces = mkOption {
      type = types.attrsOf (types.submodule interface);
      default = { };
      example = {
        eth1.ipv4.addresses = [
          {
            address = "10.0.0.1";
            prefixLength = 24;
          }
        ];
      };
      description = "Links, by name.";
    };
    defaultGateway = gateway "Where packets for other IPv4 networks go.";
    defaultGateway6 = gateway "Where packets for other IPv6 networks go.";
    primaryIPAddress = mkOption {
      type = types.str;
      default = "";
      internal = true;
      description = "The IPv4 address that other machines of a test know this one by.";
    };
    primaryIPv6Address = mkOption {
      type = types.str;
      default = "";
      internal = true;
      description = "The IPv6 address that other machines of a test know this one by.";
    };
    useDHCP = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted: addresses are planned, not leased.";
    };
    useNetworkd = mkOption {
      type = types.bool;
      default = false;
      description = "Accepted: links are configured from outside.";
    };
    useHostResolvConf = mkOption {
      type = types.bool;
      default = config.boot.isContainer;
      defaultText = lib.literalExpression "boot.isContainer";
      description = "Whether a container takes name servers over from the system around it.";
    };
    usePredictableInterfaceNames = mkOption {
      type = types.nullOr types.bool;
      default = false;
      description = "Accepted: links have the names that the configuration gives them.";
    };
    localCommands = mkOption {
      type = types.lines;
      default = "";
      description = "Shell text that runs when the network is set up.";
    };
    bridges = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            interfaces = mkOption {
              type = types.listOf types.str;
              description = "Links that belong to the bridge.";
            };
            rstp = mkOption {
              type = types.bool;
              default = false;
              description = "Whether the bridge finds loops.";
            };
          };
        }
      );
      default = { };
      description = "Bridges, by name.";
    };
    networkmanager = accepted "Accepted: links are configured from outside.";
    wireless = accepted "Accepted: a machine has no radio.";
    dhcpcd = accepted "Accepted: addresses are planned, not leased.";
    resolvconf = accepted "Accepted: resolv.conf is made from networking.nameservers.";
  };

  options.services.resolved = accepted "Accepted: resolv.conf is made from networking.nameservers.";

  config = {
    systemd.services = lib.mkIf (cfg.localCommands != "" || routes != [ ] || cfg.bridges != { }) {
      network-local-commands = {
        description = "Extra network commands";
        wantedBy = [ "network.target" ];
        before = [ "network.target" ];
        after = [ "network-pre.target" ];
        path = [ pkgs.iproute2 ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
        };
        script =
          lib.concatStrings (
            lib.mapAttrsToList (
              name: bridge:
              "ip link show ${name} >/dev/null 2>&1 || ip link add ${name} type bridge\n"
              + lib.concatMapStrings (member: "ip link set ${member} master ${name} up\n") bridge.interfaces
              + lib.concatMapStrings (
                entry: "ip address replace ${withPrefix entry} dev ${name}\n"
              ) ((cfg.interfaces.${name} or { ipv4.addresses = [ ]; }).ipv4.addresses)
              + "ip link set ${name} up\n"
            ) cfg.bridges
          )
          + lib.concatLines routes
          + cfg.localCommands;
      };
    };

    system.description.network = compact {
      interfaces = builtins.listToAttrs (
        map (link: {
          inherit (link) name;
          value = describe link;
        }) (lib.filter (link: !(cfg.bridges ? ${link.name})) links)
      );
      primaryAddress = cfg.primaryIPAddress;
      primaryAddress6 = cfg.primaryIPv6Address;
      defaultGateway = if cfg.defaultGateway == null then null else cfg.defaultGateway.address;
      defaultGateway6 = if cfg.defaultGateway6 == null then null else cfg.defaultGateway6.address;
    };
  };
}
