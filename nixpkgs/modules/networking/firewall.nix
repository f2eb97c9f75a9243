# networking.firewall: what reaches the system. berth loads the rules before
# the first process runs.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ../declare.nix { inherit lib; }) flag lines;
  cfg = config.networking.firewall;
  compact = import ../compact.nix { inherit lib; };

  canonical = ports: lib.unique (lib.sort lib.lessThan ports);

  ports =
    description:
    mkOption {
      type = types.listOf types.port;
      default = [ ];
      apply = canonical;
      inherit description;
    };

  ranges =
    description:
    mkOption {
      type = types.listOf (types.attrsOf types.port);
      default = [ ];
      example = [
        {
          from = 8999;
          to = 9003;
        }
      ];
      inherit description;
    };

  portOptions = {
    allowedTCPPorts = ports "TCP ports that are open.";
    allowedUDPPorts = ports "UDP ports that are open.";
    allowedTCPPortRanges = ranges "Ranges of TCP ports that are open.";
    allowedUDPPortRanges = ranges "Ranges of UDP ports that are open.";
  };

  portSet =
    set:
    compact {
      inherit (set)
        allowedTCPPorts
        allowedUDPPorts
        allowedTCPPortRanges
        allowedUDPPortRanges
        ;
    };

  reversePath =
    if builtins.isBool cfg.checkReversePath then
      (if cfg.checkReversePath then "strict" else "")
    else
      cfg.checkReversePath;
in
{
  options.networking.firewall = portOptions // {
    enable = flag true "Whether packets are filtered.";
    interfaces = mkOption {
      type = types.attrsOf (types.submodule { options = portOptions; });
      default = { };
      description = "Ports that are open on single links.";
    };
    trustedInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "eth1" ];
      description = "Links on which everything is accepted.";
    };
    allowPing = flag true "Whether the system answers to ping.";
    pingLimit = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "2/second";
      description = "How often the system answers to ping.";
    };
    rejectPackets = flag false "Whether refused packets are answered instead of dropped.";
    checkReversePath = mkOption {
      type = types.either types.bool (
        types.enum [
          "strict"
          "loose"
        ]
      );
      default = true;
      description = "Whether packets must come in where an answer would go out.";
    };
    logRefusedConnections = flag false "Whether refused connections are logged.";
    logRefusedPackets = flag false "Whether all refused packets are logged.";
    logRefusedUnicastsOnly = flag true "Whether only refused packets to this host are logged.";
    logReversePathDrops = flag false "Whether packets that come in at the wrong place are logged.";
    filterForward = flag false "Whether forwarded packets are filtered.";
    extraCommands = lines "Shell text with iptables commands, run inside after the rules were loaded.";
    extraStopCommands = lines "Shell text that takes extraCommands back.";
    extraInputRules = lines "nftables statements for the input chain.";
    extraForwardRules = lines "nftables statements for the forward chain; not supported.";
    extraReversePathFilterRules = lines "nftables statements for the reverse path check; not supported.";
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that extraCommands find.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.iptables;
      defaultText = lib.literalExpression "pkgs.iptables";
      description = "The package with the tools of extraCommands.";
    };
    backend = mkOption {
      type = types.enum [
        "iptables"
        "nftables"
        "firewalld"
      ];
      default = if config.networking.nftables.enable then "nftables" else "iptables";
      defaultText = lib.literalExpression ''if networking.nftables.enable then "nftables" else "iptables"'';
      description = "Accepted: berth's own rules are nftables rules in any case.";
    };
    autoLoadConntrackHelpers = flag false "Accepted and not used.";
    connectionTrackingModules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted and not used.";
    };
  };

  options.networking.nftables = {
    enable = flag false "Whether the system uses nftables rules of its own.";
    ruleset = lines "nftables rules, loaded inside the system.";
    rulesetFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "A file of nftables rules, loaded inside the system.";
    };
    flushRuleset = flag false "Accepted: berth never flushes rules that are not its own.";
    checkRuleset = flag true "Accepted and not used.";
    tables = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            enable = flag true "Whether the table exists.";
            family = mkOption {
              type = types.enum [
                "ip"
                "ip6"
                "inet"
                "arp"
                "bridge"
                "netdev"
              ];
              description = "The table's address family.";
            };
            content = lines "What is in the table.";
          };
        }
      );
      default = { };
      description = "Tables of nftables rules, by name.";
    };
  };

  config =
    let
      nft = config.networking.nftables;
      tables = lib.filterAttrs (_: table: table.enable) nft.tables;
      rules =
        lib.concatStrings (
          lib.mapAttrsToList (name: table: ''
            table ${table.family} ${name}
            delete table ${table.family} ${name}
            table ${table.family} ${name} {
            ${table.content}
            }
          '') tables
        )
        + nft.ruleset
        + lib.optionalString (nft.rulesetFile != null) "include \"${nft.rulesetFile}\"\n";
    in
    {
      systemd.services.nftables = lib.mkIf (nft.enable && rules != "") {
        description = "nftables rules of the configuration";
        wantedBy = [ "sysinit.target" ];
        before = [ "network-pre.target" ];
        wants = [ "network-pre.target" ];
        unitConfig.DefaultDependencies = false;
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "${pkgs.nftables}/bin/nft -f ${pkgs.writeText "nftables-rules" rules}";
        };
        reloadIfChanged = true;
      };

      environment.systemPackages = lib.mkIf (cfg.enable && cfg.extraCommands != "") [ cfg.package ];

      system.description.firewall =
        if !cfg.enable then
          { enable = false; }
        else
          {
            enable = true;
            inherit (cfg) allowPing;
          }
          // portSet cfg
          // compact {
            interfaces = lib.filterAttrs (_: set: set != { }) (lib.mapAttrs (_: portSet) cfg.interfaces);
            inherit (cfg)
              trustedInterfaces
              pingLimit
              rejectPackets
              logRefusedConnections
              logRefusedPackets
              logReversePathDrops
              extraInputRules
              extraCommands
              extraStopCommands
              ;
            checkReversePath = reversePath;
          };
    };
}
