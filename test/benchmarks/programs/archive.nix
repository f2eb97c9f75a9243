# A package archive in which every package exists and needs nothing, so that
# the package set can be evaluated without one.
let
  record = name: {
    inherit name;
    version = "1.0";
    architecture = "amd64";
    sha256 = builtins.hashString "sha256" name;
    size = 1;
    path = "pool/main/${name}_1.0_amd64.deb";
  };
in
{
  version = "0";
  resolve = { packages, ... }: map record packages;
  lookup =
    name:
    record name
    // {
      description = "a package";
      section = "misc";
      provides = "";
    };
  suggest = name: [ ];
  names = prefix: [ ];
  essential = [
    "bash"
    "coreutils"
  ];
}
