# PostgreSQL: Debian has one major version per release, with programs in a
# directory of that version and extensions as packages of that version.
{
  lib,
  debian,
  mkDebianPackage,
}:
let
  inherit (lib) concatMap;

  schema = "17";
  extensionPrefix = "postgresql-${schema}-";

  # nixpkgs' names that differ from Debian's.
  differing = {
    pgvector = "postgresql-${schema}-pgvector";
    timescaledb = "postgresql-${schema}-timescaledb";
    postgis = "postgresql-${schema}-postgis-3";
    pg_cron = "postgresql-${schema}-cron";
    pg_partman = "postgresql-${schema}-partman";
    pg_repack = "postgresql-${schema}-repack";
    plpython3 = "postgresql-plpython3-${schema}";
    plperl = "postgresql-plperl-${schema}";
    pltcl = "postgresql-pltcl-${schema}";
  };

  extension =
    pname: debianName:
    mkDebianPackage {
      inherit pname;
      debianPackages = [ debianName ];
    };

  extensions =
    lib.listToAttrs (
      map (
        debianName:
        let
          name = builtins.replaceStrings [ "-" ] [ "_" ] (lib.removePrefix extensionPrefix debianName);
        in
        {
          inherit name;
          value = extension name debianName;
        }
      ) (debian.names extensionPrefix)
    )
    // lib.mapAttrs extension differing;

  server =
    chosen:
    mkDebianPackage {
      pname = "postgresql";
      debianPackages = [
        "postgresql-${schema}"
        "postgresql-client-${schema}"
      ]
      ++ concatMap (package: package.debianPackages) chosen;
      main = [
        "postgresql-${schema}"
        "postgresql-client-${schema}"
      ];
      mainProgram = "psql";
      links.bin = [ "/usr/lib/postgresql/${schema}/bin" ];
      passthru = {
        psqlSchema = schema;
        pkgs = extensions;
        withPackages = choose: server (choose extensions);
        installedExtensions = chosen;
        withJIT = postgresql;
        withoutJIT = postgresql;
      };
    };

  postgresql = server [ ];

  missing =
    version:
    throw "this Debian release has no postgresql_${version}; it has pkgs.postgresql_${schema}";
in
{
  inherit postgresql;
  "postgresql_${schema}" = postgresql;
}
// lib.listToAttrs (
  map
    (version: {
      name = "postgresql_${version}";
      value = missing version;
    })
    [
      "13"
      "14"
      "15"
      "16"
      "18"
    ]
)
