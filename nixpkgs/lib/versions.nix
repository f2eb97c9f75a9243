# Parts of version numbers.
{ lib }:
rec {
  # splitVersion :: string -> [ string ]
  splitVersion = builtins.splitVersion;

  # major, minor, patch :: string -> string
  major = version: builtins.elemAt (splitVersion version) 0;
  minor = version: builtins.elemAt (splitVersion version) 1;
  patch = version: builtins.elemAt (splitVersion version) 2;

  # majorMinor :: string -> string
  majorMinor = version: builtins.concatStringsSep "." (lib.take 2 (splitVersion version));

  # pad :: int -> string -> string
  # Exactly n numeric parts, with zeros added or parts cut off.
  pad =
    n: version:
    let
      numbers = lib.head (lib.splitString "-" version);
      parts = lib.splitString "." numbers;
      suffix = lib.removePrefix numbers version;
    in
    builtins.concatStringsSep "." (lib.take n (parts ++ lib.replicate n "0")) + suffix;
}
