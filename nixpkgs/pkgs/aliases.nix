# Further names of packages.
self: {
  bashInteractive = self.bash;
  bashNonInteractive = self.bash;
  coreutils-full = self.coreutils;
  gitFull = self.git;
  gnused_422 = self.gnused;
  libressl = self.openssl;
  netcat = self.netcat-openbsd;
  libuuid = self.util-linux;
  utillinux = self.util-linux;
  util-linuxMinimal = self.util-linux;
  iproute = self.iproute2;
  procps-ng = self.procps;
  redis-server = self.redis;
  docker_26 = self.docker;
  moby = self.docker;
  mysql = self.mariadb;
  openssh_hpn = self.openssh;
  python = self.python3;
  python313 = self.python3;
  python313Packages = self.python3Packages;
  python3Full = self.python3;
  nodejs_20 = self.nodejs;
  nodejs_22 = self.nodejs;
  gnumake42 = self.gnumake;
  pkgconfig = self.pkg-config;
  systemdMinimal = self.systemd;
  postgresql17Packages = self.postgresql_17.pkgs;
  postgresqlPackages = self.postgresql.pkgs;
  glibc = self.libc;
  libc = self.mkDebianPackage {
    pname = "glibc";
    debianPackages = [
      "libc6"
      "libc-bin"
    ];
    mainProgram = "getent";
  };
  getent = self.libc;
  getconf = self.libc;
}
