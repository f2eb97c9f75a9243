# Lists of systems, and the examples that cross compilation is named by.
{ lib }:
let
  inherit (lib.systems.inspect) predicates;
  inherit (lib.systems.parse) doubleFromSystem mkSystemFromString;

  all = [
    "aarch64-darwin"
    "aarch64-freebsd"
    "aarch64-linux"
    "aarch64-windows"
    "armv5tel-linux"
    "armv6l-linux"
    "armv7l-linux"
    "i686-freebsd"
    "i686-linux"
    "i686-windows"
    "loongarch64-linux"
    "mips64el-linux"
    "mipsel-linux"
    "powerpc64-linux"
    "powerpc64le-linux"
    "riscv32-linux"
    "riscv64-linux"
    "s390x-linux"
    "wasm32-wasi"
    "wasm64-wasi"
    "x86_64-darwin"
    "x86_64-freebsd"
    "x86_64-linux"
    "x86_64-netbsd"
    "x86_64-openbsd"
    "x86_64-windows"
  ];
  parsed = map mkSystemFromString all;
  those = predicate: map doubleFromSystem (builtins.filter predicate parsed);
in
{
  # Systems for which a flake offers its outputs.
  flakeExposed = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "armv6l-linux"
    "armv7l-linux"
    "i686-linux"
    "aarch64-darwin"
    "powerpc64le-linux"
    "riscv64-linux"
    "x86_64-freebsd"
  ];

  supported.hydra = [ "x86_64-linux" "aarch64-linux" ];

  doubles = {
    inherit all;
    none = [ ];
    linux = those predicates.isLinux;
    darwin = those predicates.isDarwin;
    unix = those predicates.isUnix;
    windows = those predicates.isWindows;
    freebsd = those predicates.isFreeBSD;
    netbsd = those predicates.isNetBSD;
    openbsd = those predicates.isOpenBSD;
    bsd = those predicates.isBSD;
    gnu = those predicates.isGnu;
    x86 = those predicates.isx86;
    x86_64 = those predicates.isx86_64;
    i686 = those predicates.isi686;
    arm = those predicates.isAarch32;
    aarch = those predicates.isAarch;
    aarch64 = those predicates.isAarch64;
    armv7 = those predicates.isArmv7;
    riscv = those predicates.isRiscV;
    riscv64 = those predicates.isRiscV64;
    power = those predicates.isPower;
    littleendian = those predicates.isLittleEndian;
    bigendian = those predicates.isBigEndian;
    wasi = those predicates.isWasi;
    mesaPlatforms = those predicates.isLinux ++ those predicates.isDarwin;
  };

  examples = {
    gnu64.config = "x86_64-unknown-linux-gnu";
    gnu32.config = "i686-unknown-linux-gnu";
    musl64.config = "x86_64-unknown-linux-musl";
    musl32.config = "i686-unknown-linux-musl";
    aarch64-multiplatform.config = "aarch64-unknown-linux-gnu";
    aarch64-multiplatform-musl.config = "aarch64-unknown-linux-musl";
    armv7l-hf-multiplatform.config = "armv7l-unknown-linux-gnueabihf";
    raspberryPi.config = "armv6l-unknown-linux-gnueabihf";
    riscv64.config = "riscv64-unknown-linux-gnu";
    ppc64.config = "powerpc64-unknown-linux-gnu";
    powernv.config = "powerpc64le-unknown-linux-gnu";
    s390x.config = "s390x-unknown-linux-gnu";
    loongarch64-linux.config = "loongarch64-unknown-linux-gnu";
    aarch64-darwin.config = "aarch64-apple-darwin";
    x86_64-darwin.config = "x86_64-apple-darwin";
    x86_64-freebsd.config = "x86_64-unknown-freebsd";
    wasi32.config = "wasm32-unknown-wasi";
  };

  # Cross compilation details of old platforms are not kept.
  platforms = { };
  architectures = {
    features = { };
    inferiors = { };
    predicates = { };
  };
}
