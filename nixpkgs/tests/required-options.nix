# Options that configurations in the wild rely on: each must exist.
let
  below = prefix: map (name: "${prefix}.${name}");

  dependencies = [
    "after"
    "before"
    "bindsTo"
    "conflicts"
    "onFailure"
    "onSuccess"
    "partOf"
    "requiredBy"
    "requires"
    "requisite"
    "upheldBy"
    "upholds"
    "wantedBy"
    "wants"
  ];

  everyUnit = dependencies ++ [
    "aliases"
    "description"
    "documentation"
    "enable"
    "overrideStrategy"
    "reloadTriggers"
    "restartTriggers"
    "startLimitBurst"
    "startLimitIntervalSec"
    "unitConfig"
  ];

  service = everyUnit ++ [
    "confinement.enable"
    "confinement.fullUnit"
    "confinement.mode"
    "confinement.packages"
    "enableDefaultPath"
    "enableStrictShellChecks"
    "environment"
    "notSocketActivated"
    "path"
    "postStart"
    "postStop"
    "preStart"
    "preStop"
    "reload"
    "reloadIfChanged"
    "restartIfChanged"
    "script"
    "scriptArgs"
    "serviceConfig"
    "startAt"
    "stopIfChanged"
  ];

  ports = [
    "allowedTCPPortRanges"
    "allowedTCPPorts"
    "allowedUDPPortRanges"
    "allowedUDPPorts"
  ];

  containerLink = [
    "forwardPorts"
    "forwardPorts.*.containerPort"
    "forwardPorts.*.hostPort"
    "forwardPorts.*.protocol"
    "hostAddress"
    "hostAddress6"
    "hostBridge"
    "localAddress"
    "localAddress6"
    "localMacAddress"
  ];
in
{
  system =
    below "systemd.services.<name>" service
    ++ below "systemd.user.services.<name>" service
    ++ below "systemd.sockets.<name>" (
      everyUnit
      ++ [
        "listenDatagrams"
        "listenStreams"
        "socketConfig"
      ]
    )
    ++ below "systemd.timers.<name>" (everyUnit ++ [ "timerConfig" ])
    ++ below "systemd.targets.<name>" everyUnit
    ++ below "systemd.paths.<name>" (everyUnit ++ [ "pathConfig" ])
    ++ below "systemd.slices.<name>" (everyUnit ++ [ "sliceConfig" ])
    ++ below "systemd.mounts.*" [
      "mountConfig"
      "options"
      "type"
      "what"
      "where"
    ]
    ++ below "systemd.automounts.*" [
      "automountConfig"
      "where"
    ]
    ++ below "systemd" [
      "defaultUnit"
      "enableStrictShellChecks"
      "globalEnvironment"
      "packages"
      "sysusers.enable"
      "tmpfiles.packages"
      "tmpfiles.rules"
      "tmpfiles.settings.<name>.<name>.<name>.age"
      "tmpfiles.settings.<name>.<name>.<name>.argument"
      "tmpfiles.settings.<name>.<name>.<name>.group"
      "tmpfiles.settings.<name>.<name>.<name>.mode"
      "tmpfiles.settings.<name>.<name>.<name>.user"
      "units.<name>.text"
    ]
    ++ below "users" [
      "allowNoPasswordLogin"
      "defaultUserShell"
      "enforceIdUniqueness"
      "groups.<name>.gid"
      "groups.<name>.members"
      "mutableUsers"
    ]
    ++ below "users.users.<name>" [
      "autoSubUidGidRange"
      "createHome"
      "description"
      "enable"
      "expires"
      "extraGroups"
      "group"
      "hashedPassword"
      "hashedPasswordFile"
      "home"
      "homeMode"
      "initialHashedPassword"
      "initialPassword"
      "isNormalUser"
      "isSystemUser"
      "linger"
      "name"
      "openssh.authorizedKeys.keyFiles"
      "openssh.authorizedKeys.keys"
      "packages"
      "password"
      "shell"
      "subGidRanges"
      "subUidRanges"
      "uid"
      "useDefaultShell"
    ]
    ++ below "networking" [
      "defaultGateway"
      "domain"
      "extraHosts"
      "fqdn"
      "hostName"
      "hosts"
      "interfaces.<name>.ipv4.addresses.*.address"
      "interfaces.<name>.ipv4.addresses.*.prefixLength"
      "interfaces.<name>.ipv6.addresses.*.address"
      "nameservers"
      "nat.enable"
      "nat.externalInterface"
      "nat.forwardPorts"
      "nat.internalIPs"
      "nat.internalInterfaces"
      "nftables.enable"
      "search"
      "useDHCP"
      "useHostResolvConf"
    ]
    ++ below "networking.firewall" (
      ports
      ++ below "interfaces.<name>" ports
      ++ [
        "allowPing"
        "backend"
        "checkReversePath"
        "enable"
        "extraCommands"
        "extraInputRules"
        "extraStopCommands"
        "filterForward"
        "logRefusedConnections"
        "logRefusedPackets"
        "logRefusedUnicastsOnly"
        "logReversePathDrops"
        "pingLimit"
        "rejectPackets"
        "trustedInterfaces"
      ]
    )
    ++ below "environment" [
      "corePackages"
      "defaultPackages"
      "etc.<name>.enable"
      "etc.<name>.gid"
      "etc.<name>.group"
      "etc.<name>.mode"
      "etc.<name>.source"
      "etc.<name>.target"
      "etc.<name>.text"
      "etc.<name>.uid"
      "etc.<name>.user"
      "extraOutputsToInstall"
      "extraSetup"
      "pathsToLink"
      "sessionVariables"
      "shellAliases"
      "shellInit"
      "systemPackages"
      "variables"
    ]
    ++ below "services.postgresql" [
      "authentication"
      "checkConfig"
      "dataDir"
      "enable"
      "enableJIT"
      "enableTCPIP"
      "ensureDatabases"
      "ensureUsers"
      "ensureUsers.*.ensureClauses.superuser"
      "ensureUsers.*.ensureDBOwnership"
      "ensureUsers.*.name"
      "extensions"
      "identMap"
      "initdbArgs"
      "initialScript"
      "package"
      "settings"
      "settings.log_line_prefix"
      "settings.port"
      "settings.shared_preload_libraries"
      "systemCallFilter"
    ]
    ++ below "containers.<name>" (
      containerLink
      ++ below "extraVeths.<name>" containerLink
      ++ [
        "additionalCapabilities"
        "allowedDevices"
        "allowedDevices.*.modifier"
        "allowedDevices.*.node"
        "autoStart"
        "bindMounts"
        "bindMounts.<name>.hostPath"
        "bindMounts.<name>.isReadOnly"
        "bindMounts.<name>.mountPoint"
        "config"
        "copyResolvConf"
        "enableTun"
        "ephemeral"
        "extraFlags"
        "extraVeths"
        "flake"
        "interfaces"
        "macvlans"
        "networkNamespace"
        "nixpkgs"
        "path"
        "privateNetwork"
        "privateUsers"
        "restartIfChanged"
        "specialArgs"
        "timeoutStartSec"
        "tmpfs"
      ]
    )
    ++ below "boot" [
      "enableContainers"
      "isContainer"
      "isNspawnContainer"
      "kernel.sysctl"
      "kernelPackages"
    ]
    ++ [
      "documentation.enable"
      "i18n.defaultLocale"
      "nix.settings"
      "nixpkgs.config"
      "nixpkgs.hostPlatform"
      "nixpkgs.overlays"
      "nixpkgs.pkgs"
      "security.sudo.enable"
      "security.wrappers"
      "services.nginx.virtualHosts.<name>.locations.<name>.proxyPass"
      "services.openssh.enable"
      "services.redis.servers.<name>.enable"
      "system.activationScripts"
      "system.stateVersion"
      "time.timeZone"
    ];

  test = [
    "containerDefaults"
    "containers"
    "defaults"
    "enableDebugHook"
    "enableOCR"
    "extraBaseModules"
    "extraBaseNodeModules"
    "extraDriverArgs"
    "extraPythonPackages"
    "globalTimeout"
    "hostPkgs"
    "interactive"
    "logLevel"
    "meta"
    "name"
    "node.pkgs"
    "node.pkgsReadOnly"
    "node.specialArgs"
    "nodeDefaults"
    "nodes"
    "passthru"
    "requiredFeatures"
    "skipLint"
    "skipTypeCheck"
    "testScript"
  ];

  machine = below "virtualisation" [
    "additionalPaths"
    "cores"
    "diskSize"
    "forwardPorts"
    "graphics"
    "interfaces.<name>.assignIP"
    "interfaces.<name>.vlan"
    "memorySize"
    "sharedDirectories"
    "vlans"
    "writableStore"
    "writableStoreUseTmpfs"
  ];
}
