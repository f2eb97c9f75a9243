# The address plan of native containers: a container with a private network
# and no addresses of its own gets a pair in 10.233.0.0/16 (10.234.0.0/16 for
# containers inside containers, and so on).
#
# The pair follows from the container's name, so that adding a container does
# not move the others; where two names would meet, or an address was given by
# hand, the next free pair is taken.
{ lib }:
{ containers, containerDepth }:
let
  pool = "10.${toString (233 + containerDepth)}";
  slots = 16384;

  private = lib.filterAttrs (_: container: container.privateNetwork) containers;

  given =
    container:
    container.hostBridge != null
    || container.hostAddress != null
    || container.localAddress != null
    || container.hostAddress6 != null
    || container.localAddress6 != null
    || container.interfaces != [ ]
    || container.macvlans != [ ];

  # Slots that addresses given by hand touch.
  slotOf =
    address:
    let
      parts = builtins.match "${lib.escapeRegex pool}[.]([0-9]+)[.]([0-9]+)(/.*)?" address;
      number = i: lib.toInt (builtins.elemAt parts i);
    in
    if parts == null then [ ] else [ ((number 0 * 256 + number 1) / 4) ];

  addressesOf =
    container: lib.filter (address: address != null) [
      container.hostAddress
      container.localAddress
    ];

  reserved = lib.listToAttrs (
    map (slot: lib.nameValuePair (toString slot) true) (
      lib.concatMap slotOf (lib.concatMap addressesOf (builtins.attrValues private))
    )
  );

  preferred = name: lib.mod (lib.fromHexString (builtins.substring 0 8 (builtins.hashString "sha256" name))) slots;

  free = taken: slot: if taken ? ${toString slot} then free taken (lib.mod (slot + 1) slots) else slot;

  # Names in order take their slots one after the other.
  planned = builtins.foldl' (
    { taken, slotFor }:
    name:
    let
      slot = free taken (preferred name);
    in
    {
      taken = taken // {
        ${toString slot} = true;
      };
      slotFor = slotFor // {
        ${name} = slot;
      };
    }
  ) {
    taken = reserved // { "0" = true; };
    slotFor = { };
  } (builtins.attrNames (lib.filterAttrs (_: container: !given container) private));

  address =
    slot: offset:
    let
      host = slot * 4 + offset;
    in
    "${pool}.${toString (host / 256)}.${toString (lib.mod host 256)}";

  links = lib.mapAttrs (
    name: _:
    if planned.slotFor ? ${name} then
      {
        hostAddress = address planned.slotFor.${name} 1;
        localAddress = address planned.slotFor.${name} 2;
      }
    else
      { }
  ) private;

  localAddress =
    name: container: (container // links.${name}).localAddress;

  withoutPrefix = text: builtins.head (lib.splitString "/" text);
in
{
  # name -> the planned addresses, or { } where they were given.
  inherit links;

  # Lines of /etc/hosts for all containers that have an address.
  hosts = lib.mapAttrs (_: lib.catAttrs "name") (
    builtins.groupBy (entry: entry.address) (
      lib.concatLists (
        lib.mapAttrsToList (
          name: container:
          lib.optional (localAddress name container != null) {
            name = "${name}.containers";
            address = withoutPrefix (localAddress name container);
          }
        ) private
      )
    )
  );
}
