# From a system to the platform description that packages ask questions about.
{ lib }:
let
  inherit (builtins) isString mapAttrs;
  inherit (lib.systems.parse)
    doubleFromSystem
    mkSystemFromString
    tripleFromSystem
    abis
    execFormats
    kernels
    ;

  # is... questions, as patterns of the parsed system; a list means any of them.
  patterns =
    let
      cpu = attrs: { cpu = attrs; };
      kernel = k: { kernel = { inherit (k) name; }; };
      abi = a: { abi = { inherit (a) name; }; };
    in
    {
      isx86 = cpu { family = "x86"; };
      isx86_32 = cpu {
        family = "x86";
        bits = 32;
      };
      isi686 = cpu {
        family = "x86";
        bits = 32;
      };
      isx86_64 = cpu {
        family = "x86";
        bits = 64;
      };
      isAarch = cpu { family = "arm"; };
      isAarch32 = cpu {
        family = "arm";
        bits = 32;
      };
      isArmv7 = cpu {
        family = "arm";
        version = "7";
      };
      isAarch64 = cpu {
        family = "arm";
        bits = 64;
      };
      isRiscV = cpu { family = "riscv"; };
      isRiscV32 = cpu {
        family = "riscv";
        bits = 32;
      };
      isRiscV64 = cpu {
        family = "riscv";
        bits = 64;
      };
      isPower = cpu { family = "power"; };
      isPower64 = cpu {
        family = "power";
        bits = 64;
      };
      isMips = cpu { family = "mips"; };
      isS390x = cpu { name = "s390x"; };
      isLoongArch64 = cpu { family = "loongarch"; };
      isWasm = cpu { family = "wasm"; };
      is32bit = cpu { bits = 32; };
      is64bit = cpu { bits = 64; };
      isBigEndian = cpu { significantByte.name = "bigEndian"; };
      isLittleEndian = cpu { significantByte.name = "littleEndian"; };

      isLinux = kernel kernels.linux;
      isDarwin = kernel kernels.darwin;
      isMacOS = kernel kernels.darwin;
      isFreeBSD = kernel kernels.freebsd;
      isNetBSD = kernel kernels.netbsd;
      isOpenBSD = kernel kernels.openbsd;
      isBSD = [
        { kernel.families.bsd.name = "bsd"; }
        { kernel.families.darwin.name = "darwin"; }
      ];
      isUnix = map kernel [
        kernels.linux
        kernels.darwin
        kernels.freebsd
        kernels.netbsd
        kernels.openbsd
      ];
      isWindows = kernel kernels.windows;
      isWasi = kernel kernels.wasi;
      isNone = kernel kernels.none;

      isGnu = map abi [ abis.gnu abis.gnueabi abis.gnueabihf ];
      isMusl = map abi [ abis.musl abis.musleabi abis.musleabihf ];
      isElf = { kernel.execFormat.name = execFormats.elf.name; };
      isMacho = { kernel.execFormat.name = execFormats.macho.name; };
    };

  # Questions that are always answered with no: platforms that have none of ours.
  never = lib.genAttrs [
    "isAndroid"
    "isCygwin"
    "isMinGW"
    "isMsvc"
    "isGenode"
    "isGhcjs"
    "isJavaScript"
    "isiOS"
    "isRedox"
    "isSunOS"
    "isSolaris"
    "isILP32"
    "isEfi32"
    "isAvr"
    "isAlpha"
    "isM68k"
    "isMicroBlaze"
    "isVc4"
    "isOr1k"
    "isS390"
    "isSparc"
    "isUefi"
    "isUClibc"
    "isLLVMLibc"
    "isCompatible32"
    "useLLVM"
    "useArocc"
    "useZig"
  ] (_: false);

  matches = pattern: parsed: lib.any (p: lib.matchAttrs p parsed) (lib.toList pattern);
  predicates = mapAttrs (_: matches) patterns;

  byCpu = table: cpu: table.${cpu.name} or cpu.name;
  linuxArch = byCpu {
    aarch64 = "arm64";
    armv7l = "arm";
    armv6l = "arm";
    armv5tel = "arm";
    i686 = "i386";
    riscv64 = "riscv";
    powerpc64le = "powerpc";
    s390x = "s390";
    loongarch64 = "loongarch";
  };
  goArch = byCpu {
    x86_64 = "amd64";
    i686 = "386";
    aarch64 = "arm64";
    armv7l = "arm";
    armv6l = "arm";
    powerpc64le = "ppc64le";
    loongarch64 = "loong64";
  };
  debianArch = byCpu {
    x86_64 = "amd64";
    i686 = "i386";
    aarch64 = "arm64";
    armv7l = "armhf";
    armv6l = "armel";
    powerpc64le = "ppc64el";
  };
  efiArch = byCpu {
    x86_64 = "x64";
    i686 = "ia32";
    aarch64 = "aa64";
    armv7l = "arm";
  };
in
{
  inspect = {
    inherit patterns predicates;
  };

  # equals :: platform -> platform -> bool
  # Functions inside of platforms make `==` useless.
  equals =
    a: b:
    let
      data = platform: removeAttrs platform [ "canExecute" "emulator" "emulatorAvailable" "staticEmulatorAvailable" ];
    in
    data a == data b;

  # elaborate :: string | set -> platform
  elaborate =
    given:
    let
      args = if isString given then { system = given; } else given;
      platform = {
        parsed = mkSystemFromString (args.config or args.system);
        system = doubleFromSystem platform.parsed;
        config = tripleFromSystem platform.parsed;

        libc =
          if platform.isMusl then
            "musl"
          else if platform.isGnu then
            "glibc"
          else if platform.isDarwin then
            "libSystem"
          else
            null;
        linker = if platform.isDarwin then "cctools" else "bfd";

        isStatic = platform.isWasi;
        hasSharedLibraries = platform.isUnix || platform.isWindows;
        extensions = {
          executable = if platform.isWindows then ".exe" else if platform.isWasi then ".wasm" else "";
          staticLibrary = if platform.isWindows then ".lib" else ".a";
          library = if platform.isStatic then platform.extensions.staticLibrary else platform.extensions.sharedLibrary;
        }
        // lib.optionalAttrs platform.hasSharedLibraries {
          sharedLibrary =
            if platform.isDarwin then
              ".dylib"
            else if platform.isWindows then
              ".dll"
            else
              ".so";
        };

        uname = {
          system =
            {
              linux = "Linux";
              darwin = "Darwin";
              freebsd = "FreeBSD";
              netbsd = "NetBSD";
              openbsd = "OpenBSD";
              windows = "Windows";
              wasi = "Wasi";
            }
            .${platform.parsed.kernel.name} or null;
          processor = if platform.isDarwin && platform.isAarch64 then "arm64" else platform.parsed.cpu.name;
          release = null;
        };

        linuxArch = linuxArch platform.parsed.cpu;
        qemuArch = byCpu {
          i686 = "i386";
          armv7l = "arm";
          armv6l = "arm";
          powerpc64le = "ppc64le";
        } platform.parsed.cpu;
        efiArch = efiArch platform.parsed.cpu;
        ubootArch = linuxArch platform.parsed.cpu;
        debianArch = debianArch platform.parsed.cpu;
        darwinArch = if platform.isAarch64 then "arm64" else platform.parsed.cpu.name;

        go = {
          GOARCH = goArch platform.parsed.cpu;
          GOOS = platform.parsed.kernel.name;
          GOARM = if platform.isAarch32 then platform.parsed.cpu.version else "";
        };
        rust = {
          rustcTarget = "${platform.parsed.cpu.name}-${platform.parsed.vendor.name}-${platform.parsed.kernel.name}${
            lib.optionalString (platform.parsed.abi.name != "unknown") "-${platform.parsed.abi.name}"
          }";
          rustcTargetSpec = platform.rust.rustcTarget;
        };
        linux-kernel = {
          name = platform.parsed.cpu.name;
          target = if platform.isx86 then "bzImage" else "Image";
        };
        gcc = { };

        # canExecute :: platform -> bool
        # Whether programs of the other platform run here.
        canExecute =
          other:
          platform.parsed.kernel.name == other.parsed.kernel.name
          && platform.parsed.cpu.family == other.parsed.cpu.family
          && (
            platform.parsed.cpu.name == other.parsed.cpu.name
            || (platform.isx86_64 && other.isx86_32)
          );

        emulatorAvailable = pkgs: platform.canExecute pkgs.stdenv.buildPlatform;
        staticEmulatorAvailable = platform.emulatorAvailable;
        emulator =
          pkgs:
          if platform.emulatorAvailable pkgs then
            "${pkgs.runtimeShell} -c '\"$@\"' --"
          else
            throw "Don't know how to run ${platform.config} executables.";
      }
      // never
      // mapAttrs (_: predicate: predicate platform.parsed) predicates
      // removeAttrs args [ "system" "config" ];
    in
    if args ? parsed then args else platform;

  # toLosslessStringMaybe :: platform -> string | null
  toLosslessStringMaybe = platform: if isString platform then platform else platform.system or null;
}
