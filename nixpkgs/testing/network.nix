# The network of a test: numbers, addresses and names of its machines.
#
# Machines are numbered in the order of their names. On network V machine N
# has 192.168.V.N and 2001:db8:V::N.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;

  names = builtins.attrNames (config.nodes // config.containers);

  numbers = builtins.listToAttrs (lib.imap1 (number: name: lib.nameValuePair name number) names);

  numberOf =
    name:
    if numbers.${name} > 254 then
      throw "a test has at most 254 machines"
    else
      toString numbers.${name};

  # One line of /etc/hosts per machine and address family.
  hostsOf =
    machine:
    let
      network = machine.networking;
      own = lib.optional (network.domain != null) "${network.hostName}.${network.domain}" ++ [ network.hostName ];
      line =
        address: lib.optionalAttrs (address != "") { ${address} = own; };
    in
    line network.primaryIPAddress // line network.primaryIPv6Address;

  machineModule =
    name:
    { config, ... }:
    let
      number = numberOf name;
      links = builtins.attrValues config.virtualisation.allInterfaces;
      address = network: "192.168.${toString network}.${number}";
      address6 = network: "2001:db8:${toString network}::${number}";
      addressed = lib.filter (link: link.assignIP) links;
      first = builtins.head addressed;
    in
    {
      _file = ./network.nix;
      networking = {
        hostName = lib.mkDefault name;
        hosts = testHosts;
        interfaces = builtins.listToAttrs (
          map (link: {
            inherit (link) name;
            value = {
              inherit (link) vlan;
              ipv4.addresses = lib.optional link.assignIP {
                address = address link.vlan;
                prefixLength = 24;
              };
              ipv6.addresses = lib.optional link.assignIP {
                address = address6 link.vlan;
                prefixLength = 64;
              };
            };
          }) links
        );
        primaryIPAddress = lib.mkIf (addressed != [ ]) (address first.vlan);
        primaryIPv6Address = lib.mkIf (addressed != [ ]) (address6 first.vlan);
      };
    };

  testHosts = lib.foldl' (hosts: machine: hosts // hostsOf machine) { } (
    builtins.attrValues config.machines
  );
in
{
  options.networkModule = mkOption {
    type = types.raw;
    internal = true;
    readOnly = true;
    default = machineModule;
    description = "What the network adds to the machine of a given name.";
  };
}
