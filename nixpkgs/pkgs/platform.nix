# What stdenv.hostPlatform says about a system.
{ lib, system }:
let
  parts = lib.splitString "-" system;
  cpu = builtins.elemAt parts 0;
  kernel = builtins.elemAt parts 1;
  isx86 = cpu == "x86_64" || cpu == "i686";
in
{
  inherit system;
  config = "${cpu}-unknown-${kernel}-gnu";
  parsed = {
    cpu = {
      name = cpu;
      bits = if cpu == "i686" then 32 else 64;
      family = if isx86 then "x86" else "arm";
    };
    kernel.name = kernel;
    vendor.name = "unknown";
    abi.name = "gnu";
  };
  uname = {
    system = "Linux";
    processor = cpu;
  };
  linuxArch = if cpu == "aarch64" then "arm64" else cpu;
  go = {
    GOOS = kernel;
    GOARCH = if cpu == "aarch64" then "arm64" else "amd64";
  };
  qemuArch = cpu;
  isLinux = kernel == "linux";
  isDarwin = false;
  isWindows = false;
  isUnix = true;
  isGnu = true;
  isMusl = false;
  isStatic = false;
  is64bit = cpu != "i686";
  is32bit = cpu == "i686";
  isx86_64 = cpu == "x86_64";
  isi686 = cpu == "i686";
  isx86_32 = cpu == "i686";
  inherit isx86;
  isAarch = cpu == "aarch64";
  isAarch64 = cpu == "aarch64";
  isAarch32 = false;
  isLittleEndian = true;
  isBigEndian = false;
  canExecute = other: other.system or other == system;
  emulator = _: "";
}
