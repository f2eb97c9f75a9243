# Internet addresses.
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    genList
    length
    match
    ;

  # Eight numbers from a text such as "fe80::1", or null.
  groups =
    text:
    let
      halves = lib.splitString "::" text;
      side = part: if part == "" then [ ] else lib.splitString ":" part;
      left = side (lib.head halves);
      right = side (lib.last halves);
      missing = 8 - length left - length right;
      given =
        if length halves == 1 then
          left
        else if length halves == 2 && missing > 0 then
          left ++ lib.replicate missing "0" ++ right
        else
          [ ];
    in
    if length given == 8 && builtins.all (g: match "[0-9A-Fa-f]{1,4}" g != null) given then
      map lib.fromHexString given
    else
      null;

  # The address without leading zeros, its longest run of zeros as "::".
  show =
    numbers:
    let
      run = i: if i < 8 && elemAt numbers i == 0 then 1 + run (i + 1) else 0;
      best = lib.foldl' (acc: i: if run i > acc.size then { size = run i; start = i; } else acc) {
        size = 1;
        start = -1;
      } (genList (i: i) 8);
      hex = from: to: lib.concatMapStringsSep ":" (i: lib.toLower (lib.toHexString (elemAt numbers i))) (lib.range from (to - 1));
    in
    if best.start < 0 then hex 0 8 else "${hex 0 best.start}::${hex (best.start + best.size) 8}";
in
{
  ipv6 = {
    # fromString :: "address" | "address/prefix" -> { address; prefixLength; }
    fromString =
      text:
      let
        parts = lib.splitString "/" text;
        numbers = groups (lib.head parts);
        prefixLength = if length parts == 2 then lib.toIntBase10 (elemAt parts 1) else 128;
      in
      if numbers == null || length parts > 2 then
        throw "lib.network.ipv6.fromString: \"${text}\" is not an IPv6 address"
      else if prefixLength < 1 || prefixLength > 128 then
        throw "lib.network.ipv6.fromString: the prefix length in \"${text}\" must be in the range [1;128]"
      else
        {
          address = show numbers;
          inherit prefixLength;
        };

    # mkEUI64Suffix :: macAddress -> string
    # The lower half of the address that a device gives itself.
    mkEUI64Suffix =
      mac:
      let
        bytes = map lib.fromHexString (builtins.filter builtins.isString (builtins.split "[-:.]" mac));
        pair = a: b: lib.toLower (lib.toHexString (a * 256 + b));
        b = elemAt bytes;
      in
      if length bytes != 6 then
        throw "lib.network.ipv6.mkEUI64Suffix: \"${mac}\" is not a MAC address of six bytes"
      else
        concatStringsSep ":" [
          (pair (lib.bitXor (b 0) 2) (b 1))
          (pair (b 2) 255)
          (pair 254 (b 3))
          (pair (b 4) (b 5))
        ];
  };
}
