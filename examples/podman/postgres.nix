# PostgreSQL as an image, built from Debian's packages. Like the image that most
# people take from a registry, it makes a database at its first start.
{
  bash,
  coreutils,
  dockerTools,
  lib,
  postgresql,
  writeShellScript,
}:
let
  start = writeShellScript "start-postgres" ''
    set -eu
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
      printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
      initdb --username=postgres --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --no-sync
      rm /tmp/password
      echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    fi
    exec postgres -c listen_addresses='*'
  '';
in
dockerTools.buildLayeredImage {
  name = "postgres";
  tag = lib.versions.major postgresql.version;

  contents = [
    bash
    coreutils
    dockerTools.binSh
    postgresql
  ];

  # The archive stays on this machine.
  compressor = "none";

  extraCommands = ''
    mkdir -p etc tmp var
    ln -s /run var/run
    echo 'postgres:x:999:999::/var/lib/postgresql:/bin/bash' > etc/passwd
    echo 'postgres:x:999:' > etc/group
    chmod 1777 tmp
  '';

  fakeRootCommands = ''
    mkdir -p var/lib/postgresql/data run/postgresql
    chown 999:999 var/lib/postgresql var/lib/postgresql/data run/postgresql
  '';

  config = {
    Cmd = [ start ];
    User = "postgres";
    Env = [
      "PGDATA=/var/lib/postgresql/data"
      "LANG=C.UTF-8"
      "PATH=${postgresql}/bin:/usr/bin"
    ];
    ExposedPorts."5432/tcp" = { };
    StopSignal = "SIGINT";
  };
}
