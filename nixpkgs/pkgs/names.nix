# Curated package names: what nixpkgs calls a package, and which Debian
# packages that is.
#
# A string is the one Debian package. A set names `debian` packages (the first
# gives the version), and optionally:
#   main         those of them whose programs are linked (default: all)
#   mainProgram  what lib.getExe finds (default: the attribute name)
#   links        further links below $out, see debian-packages.nix
#   shellPath    for login shells
{
  # Shells and basic tools
  bash = {
    debian = "bash";
    shellPath = "/bin/bash";
  };
  coreutils = {
    debian = "coreutils";
    mainProgram = "env";
  };
  findutils = {
    debian = "findutils";
    mainProgram = "find";
  };
  diffutils = {
    debian = "diffutils";
    mainProgram = "diff";
  };
  gnugrep = {
    debian = "grep";
    mainProgram = "grep";
  };
  gnused = {
    debian = "sed";
    mainProgram = "sed";
  };
  gnutar = {
    debian = "tar";
    mainProgram = "tar";
  };
  gnupatch = {
    debian = "patch";
    mainProgram = "patch";
  };
  gnumake = {
    debian = "make";
    mainProgram = "make";
  };
  gawk = {
    debian = "gawk";
    links."bin/awk" = "/usr/bin/gawk";
  };
  gzip = "gzip";
  bzip2 = "bzip2";
  xz = "xz-utils";
  zstd = "zstd";
  lz4 = "lz4";
  zip = "zip";
  unzip = "unzip";
  p7zip = {
    debian = "7zip";
    mainProgram = "7z";
  };
  cpio = "cpio";
  dash = {
    debian = "dash";
    shellPath = "/bin/dash";
  };
  zsh = {
    debian = "zsh";
    shellPath = "/bin/zsh";
  };
  fish = {
    debian = "fish";
    shellPath = "/bin/fish";
  };
  busybox = "busybox";
  hello = "hello";
  file = "file";
  tree = "tree";
  less = "less";
  which = {
    debian = "debianutils";
    main = [ ];
    links."bin/which" = "/usr/bin/which.debianutils";
  };
  time = "time";
  bc = "bc";
  ed = "ed";
  moreutils = {
    debian = "moreutils";
    mainProgram = "sponge";
  };
  parallel = "parallel";
  pv = "pv";
  rsync = "rsync";
  jq = "jq";
  yq = "yq";
  ripgrep = {
    debian = "ripgrep";
    mainProgram = "rg";
  };
  fd = {
    debian = "fd-find";
    mainProgram = "fdfind";
  };
  vim = {
    debian = "vim";
    links."bin/vim" = "/usr/bin/vim.basic";
  };
  neovim = {
    debian = "neovim";
    mainProgram = "nvim";
  };
  nano = "nano";
  emacs = "emacs-nox";
  tmux = "tmux";
  screen = "screen";
  expect = "expect";
  ncurses = {
    debian = "ncurses-bin";
    mainProgram = "tput";
  };
  gettext = "gettext-base";
  man = "man-db";

  # The system
  systemd = {
    debian = [
      "systemd"
      "systemd-sysv"
    ];
    mainProgram = "systemctl";
  };
  dbus = {
    debian = [
      "dbus"
      "dbus-bin"
    ];
    mainProgram = "dbus-send";
  };
  util-linux = {
    debian = [
      "util-linux"
      "mount"
      "bsdutils"
      "fdisk"
      "login"
    ];
    mainProgram = "lsblk";
  };
  procps = {
    debian = "procps";
    mainProgram = "ps";
  };
  psmisc = {
    debian = "psmisc";
    mainProgram = "killall";
  };
  htop = "htop";
  lsof = "lsof";
  strace = "strace";
  ltrace = "ltrace";
  gdb = "gdb";
  sudo = "sudo";
  polkit = {
    debian = "polkitd";
    mainProgram = "pkaction";
  };
  shadow = {
    debian = [
      "passwd"
      "login"
      "uidmap"
    ];
    mainProgram = "useradd";
  };
  su = {
    debian = "util-linux";
    mainProgram = "su";
  };
  acl = {
    debian = "acl";
    mainProgram = "getfacl";
  };
  attr = "attr";
  libcap = {
    debian = "libcap2-bin";
    mainProgram = "capsh";
  };
  kmod = "kmod";
  fuse3 = {
    debian = "fuse3";
    mainProgram = "fusermount3";
  };
  fuse-overlayfs = "fuse-overlayfs";
  e2fsprogs = {
    debian = "e2fsprogs";
    mainProgram = "mkfs.ext4";
  };
  tini = "tini";
  catatonit = "catatonit";
  dumb-init = "dumb-init";
  cron = "cron";
  logrotate = "logrotate";
  mkpasswd = "whois";
  glibcLocales = "locales-all";
  tzdata = {
    debian = "tzdata";
    mainProgram = "tzselect";
  };

  # Network
  curl = "curl";
  wget = "wget";
  openssl = "openssl";
  gnupg = {
    debian = "gnupg";
    mainProgram = "gpg";
  };
  openssh = {
    debian = [
      "openssh-client"
      "openssh-server"
    ];
    mainProgram = "ssh";
  };
  cacert = {
    debian = "ca-certificates";
    mainProgram = "update-ca-certificates";
    links = {
      "etc/ssl/certs/ca-bundle.crt" = "/etc/ssl/certs/ca-certificates.crt";
      "etc/ssl/certs/ca-certificates.crt" = "/etc/ssl/certs/ca-certificates.crt";
    };
  };
  iproute2 = {
    debian = "iproute2";
    mainProgram = "ip";
  };
  iputils = {
    debian = [
      "iputils-ping"
      "iputils-tracepath"
      "iputils-arping"
    ];
    mainProgram = "ping";
  };
  iptables = {
    debian = "iptables";
    links = {
      "bin/iptables" = "/usr/sbin/iptables-nft";
      "bin/iptables-save" = "/usr/sbin/iptables-nft-save";
      "bin/iptables-restore" = "/usr/sbin/iptables-nft-restore";
      "bin/ip6tables" = "/usr/sbin/ip6tables-nft";
      "bin/ip6tables-save" = "/usr/sbin/ip6tables-nft-save";
      "bin/ip6tables-restore" = "/usr/sbin/ip6tables-nft-restore";
    };
  };
  nftables = {
    debian = "nftables";
    mainProgram = "nft";
  };
  nettools = {
    debian = [
      "net-tools"
      "hostname"
    ];
    mainProgram = "ifconfig";
  };
  netcat-openbsd = {
    debian = "netcat-openbsd";
    mainProgram = "nc";
    links."bin/nc" = "/usr/bin/nc.openbsd";
  };
  netcat-gnu = {
    debian = "netcat-traditional";
    mainProgram = "nc";
    links."bin/nc" = "/usr/bin/nc.traditional";
  };
  socat = "socat";
  tcpdump = "tcpdump";
  nmap = "nmap";
  iperf3 = "iperf3";
  ethtool = "ethtool";
  bridge-utils = {
    debian = "bridge-utils";
    mainProgram = "brctl";
  };
  conntrack-tools = {
    debian = "conntrack";
    mainProgram = "conntrack";
  };
  dnsutils = {
    debian = "bind9-dnsutils";
    mainProgram = "dig";
  };
  dnsmasq = "dnsmasq-base";
  wireguard-tools = {
    debian = "wireguard-tools";
    mainProgram = "wg";
  };
  inetutils = {
    debian = [
      "inetutils-telnet"
      "inetutils-ftp"
    ];
    mainProgram = "telnet";
  };
  whois = "whois";
  mtr = "mtr-tiny";
  traceroute = {
    debian = "traceroute";
    links."bin/traceroute" = "/usr/bin/traceroute.db";
  };
  slirp4netns = "slirp4netns";
  passt = "passt";

  # Services
  nginx = "nginx";
  apacheHttpd = {
    debian = "apache2";
    mainProgram = "apache2";
  };
  caddy = "caddy";
  haproxy = "haproxy";
  redis = {
    debian = [
      "redis-server"
      "redis-tools"
    ];
    mainProgram = "redis-server";
  };
  valkey = {
    debian = [
      "valkey-server"
      "valkey-tools"
    ];
    mainProgram = "valkey-server";
  };
  memcached = "memcached";
  mariadb = {
    debian = [
      "mariadb-server"
      "mariadb-client"
    ];
    mainProgram = "mariadb";
  };
  sqlite = {
    debian = "sqlite3";
    mainProgram = "sqlite3";
  };
  rabbitmq-server = "rabbitmq-server";
  mosquitto = "mosquitto";
  prometheus = "prometheus";
  prometheus-node-exporter = "prometheus-node-exporter";
  etcd = {
    debian = [
      "etcd-server"
      "etcd-client"
    ];
    mainProgram = "etcd";
  };
  bind = {
    debian = "bind9";
    mainProgram = "named";
  };
  postfix = "postfix";
  unbound = "unbound";

  # Container engines
  docker = {
    debian = [
      "docker.io"
      "docker-cli"
    ];
    mainProgram = "docker";
  };
  docker-client = {
    debian = "docker-cli";
    mainProgram = "docker";
  };
  docker-compose = "docker-compose";
  containerd = "containerd";
  podman = {
    debian = [
      "podman"
      "netavark"
      "aardvark-dns"
      "crun"
    ];
    mainProgram = "podman";
  };
  buildah = "buildah";
  skopeo = "skopeo";
  crun = "crun";
  runc = "runc";
  conmon = "conmon";
  netavark = {
    debian = "netavark";
    links."bin/netavark" = "/usr/lib/podman/netavark";
  };
  aardvark-dns = {
    debian = "aardvark-dns";
    links."bin/aardvark-dns" = "/usr/lib/podman/aardvark-dns";
  };

  # Languages and building
  git = "git";
  gitMinimal = {
    debian = "git";
    mainProgram = "git";
  };
  perl = "perl";
  ruby = "ruby";
  lua = {
    debian = "lua5.4";
    mainProgram = "lua5.4";
  };
  nodejs = {
    debian = [
      "nodejs"
      "npm"
    ];
    mainProgram = "node";
  };
  nodejs-slim = {
    debian = "nodejs";
    mainProgram = "node";
  };
  php = {
    debian = "php-cli";
    mainProgram = "php";
  };
  go = {
    debian = "golang-go";
    mainProgram = "go";
  };
  rustc = "rustc";
  cargo = "cargo";
  gcc = {
    debian = [
      "gcc"
      "g++"
      "libc6-dev"
    ];
    mainProgram = "gcc";
  };
  clang = "clang";
  binutils = {
    debian = "binutils";
    mainProgram = "ld";
  };
  pkg-config = {
    debian = "pkgconf";
    mainProgram = "pkg-config";
  };
  autoconf = "autoconf";
  automake = "automake";
  libtool = "libtool";
  bison = "bison";
  flex = "flex";
  m4 = "m4";
  cmake = "cmake";
  ninja = "ninja-build";
  meson = "meson";
  patchelf = "patchelf";
  shellcheck = "shellcheck";
  jdk = {
    debian = "default-jdk-headless";
    mainProgram = "java";
  };
  jre_headless = {
    debian = "default-jre-headless";
    mainProgram = "java";
  };

  # Libraries that builds ask for by nixpkgs' names
  zlib = "zlib1g-dev";
  openssl_dev = "libssl-dev";
  libffi = "libffi-dev";
  readline = "libreadline-dev";
}
