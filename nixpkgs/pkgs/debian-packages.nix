# Debian packages as derivations.
#
# Every .deb is two derivations: a fixed-output fetch and an unpacking, called
# a part. Parts do not refer to each other (Debian's dependencies have cycles);
# a package is a small derivation over the whole set of parts it needs, with
# links from $out/bin/x to /usr/bin/x.
{
  lib,
  system,
  debian,
  derivations,
}:
let
  inherit (builtins)
    concatStringsSep
    head
    isFunction
    isString
    listToAttrs
    match
    replaceStrings
    toJSON
    ;

  # What a pool path's last component may hold and a store name may not.
  storeName = replaceStrings [ ":" "~" "%" ] [ "_" "_" "_" ];

  makePart =
    record:
    let
      file = storeName (baseNameOf record.path);
    in
    derivation {
      name = lib.removeSuffix ".deb" file;
      inherit system;
      builder = "builtin:debian-unpack";
      # Parts that are laid out by other rules have other paths.
      rules = "2";
      src = derivation {
        name = file;
        inherit system;
        builder = "builtin:debian-fetch";
        inherit (record) path;
        size = toString record.size;
        outputHashMode = "flat";
        outputHashAlgo = "sha256";
        outputHash = record.sha256;
      };
    };

  # Nearly every closure contains these packages, so their parts are shared.
  common = listToAttrs (
    map
      (record: {
        inherit (record) name;
        value = {
          inherit record;
          part = makePart record;
        };
      })
      (
        debian.resolve {
          packages = [
            "bash"
            "coreutils"
            "curl"
            "systemd"
          ];
        }
      )
  );

  partOf =
    record:
    let
      shared = common.${record.name} or null;
    in
    if shared != null && shared.record.sha256 == record.sha256 then shared.part else makePart record;

  closure =
    packages:
    debian.resolve {
      inherit packages;
    };

  # 1:26.1.5+dfsg1-9+b1 -> 26.1.5
  upstreamVersion =
    version:
    let
      parts = match "([0-9]+:)?([^+~-]+).*" version;
    in
    if parts == null then version else builtins.elemAt parts 1;

  linkEverything = {
    bin = true;
    sbin = true;
    lib = true;
    libexec = true;
    share = true;
    include = true;
    etc = true;
  };
in
rec {
  inherit closure upstreamVersion partOf;

  # A package made of Debian packages and everything they depend on.
  mkDebianPackage =
    arguments@{
      pname,
      debianPackages ? [ pname ],
      # The packages whose files are linked below $out.
      main ? debianPackages,
      mainProgram ? pname,
      # Further links below $out: { "bin/x" = "/usr/lib/y/x"; }, or a list of
      # directories whose entries are linked: { bin = [ "/usr/lib/y/bin" ]; }.
      links ? { },
      version ? null,
      passthru ? { },
      meta ? { },
    }:
    let
      records = closure debianPackages;
      first = lib.findFirst (record: record.name == head debianPackages) (head records) records;
      packageVersion = if version != null then version else upstreamVersion first.version;
      information = debian.lookup (head debianPackages);
    in
    derivations.makePackage {
      inherit pname;
      version = packageVersion;
      attributes = {
        inherit system;
        builder = "builtin:debian-package";
        parts = concatStringsSep " " (map (record: "${partOf record}") records);
        main = concatStringsSep " " main;
        links = toJSON (linkEverything // links);
      };
      passthru = {
        inherit debianPackages;
        debianVersion = first.version;
        override =
          change: mkDebianPackage (arguments // (if isFunction change then change arguments else change));
      }
      // passthru;
      meta = {
        description = if information == null then "" else information.description;
        inherit mainProgram;
        platforms = [ system ];
        available = true;
        broken = false;
        unfree = false;
      }
      // meta;
    };

  # An entry of names.nix as a package.
  fromTable =
    pname: entry:
    let
      simple = isString entry;
      debianPackages = if simple then [ entry ] else lib.toList entry.debian;
    in
    mkDebianPackage {
      inherit pname debianPackages;
      main = if simple then debianPackages else entry.main or debianPackages;
      mainProgram = if simple then pname else entry.mainProgram or pname;
      links = if simple then { } else entry.links or { };
      passthru = if !simple && entry ? shellPath then { inherit (entry) shellPath; } else { };
    };

  # pkgs.debian: every package of the archive under its Debian name.
  all = lib.genAttrs (debian.names "") (pname: mkDebianPackage { inherit pname; });
}
