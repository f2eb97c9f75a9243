# From the text of a system ("x86_64-linux") or a configuration triple
# ("aarch64-unknown-linux-gnu") to its parts, and back.
{ lib }:
let
  inherit (builtins) elemAt length mapAttrs;

  named = mapAttrs (name: attrs: attrs // { inherit name; });
  little = bits: family: {
    inherit bits family;
    significantByte = significantBytes.littleEndian;
  };
  big = bits: family: {
    inherit bits family;
    significantByte = significantBytes.bigEndian;
  };
  significantBytes = named {
    bigEndian = { };
    littleEndian = { };
  };

  cpuTypes = named {
    x86_64 = little 64 "x86" // { arch = "x86-64"; };
    i386 = little 32 "x86" // { arch = "i386"; };
    i486 = little 32 "x86" // { arch = "i486"; };
    i586 = little 32 "x86" // { arch = "i586"; };
    i686 = little 32 "x86" // { arch = "i686"; };
    aarch64 = little 64 "arm" // { version = "8"; };
    aarch64_be = big 64 "arm" // { version = "8"; };
    armv5tel = little 32 "arm" // { version = "5"; arch = "armv5t"; };
    armv6l = little 32 "arm" // { version = "6"; arch = "armv6"; };
    armv7l = little 32 "arm" // { version = "7"; arch = "armv7"; };
    riscv32 = little 32 "riscv";
    riscv64 = little 64 "riscv";
    powerpc64 = big 64 "power";
    powerpc64le = little 64 "power";
    s390x = big 64 "s390";
    mips64el = little 64 "mips";
    mipsel = little 32 "mips";
    loongarch64 = little 64 "loongarch";
    wasm32 = little 32 "wasm";
    wasm64 = little 64 "wasm";
  };
  vendors = named {
    unknown = { };
    pc = { };
    apple = { };
    none = { };
  };
  execFormats = named {
    elf = { };
    macho = { };
    pe = { };
    wasm = { };
    unknown = { };
  };
  kernels = named {
    linux = {
      execFormat = execFormats.elf;
      families = { };
    };
    darwin = {
      execFormat = execFormats.macho;
      families = { inherit (kernelFamilies) darwin; };
    };
    freebsd = {
      execFormat = execFormats.elf;
      families = { inherit (kernelFamilies) bsd; };
    };
    netbsd = {
      execFormat = execFormats.elf;
      families = { inherit (kernelFamilies) bsd; };
    };
    openbsd = {
      execFormat = execFormats.elf;
      families = { inherit (kernelFamilies) bsd; };
    };
    windows = {
      execFormat = execFormats.pe;
      families = { };
    };
    wasi = {
      execFormat = execFormats.wasm;
      families = { };
    };
    none = {
      execFormat = execFormats.unknown;
      families = { };
    };
  };
  kernelFamilies = named {
    bsd = { };
    darwin = { };
  };
  abis = named {
    gnu = { };
    gnueabi = { float = "soft"; };
    gnueabihf = { float = "hard"; };
    musl = { };
    musleabi = { float = "soft"; };
    musleabihf = { float = "hard"; };
    msvc = { };
    unknown = { };
  };

  pick =
    kind: table: name:
    table.${name} or (throw "lib.systems.parse: \"${name}\" is no known ${kind}");

  defaultAbi =
    cpu: kernel:
    if kernel.name != "linux" then
      abis.unknown
    else if cpu.family == "arm" && cpu.bits == 32 then
      (if lib.versionAtLeast cpu.version "6" then abis.gnueabihf else abis.gnueabi)
    else
      abis.gnu;

  defaultVendor =
    cpu: kernel:
    if kernel.name == "darwin" then
      vendors.apple
    else if cpu.family == "x86" && kernel.name == "windows" then
      vendors.pc
    else
      vendors.unknown;

  make =
    cpuName: vendorName: kernelName: abiName:
    let
      cpu = pick "processor" cpuTypes cpuName;
      kernel = pick "kernel" kernels kernelName;
    in
    {
      _type = "system";
      inherit cpu kernel;
      vendor = if vendorName == null then defaultVendor cpu kernel else pick "vendor" vendors vendorName;
      abi = if abiName == null then defaultAbi cpu kernel else pick "ABI" abis abiName;
    };

  # "darwin20" is a darwin of some version.
  kernelName = text: lib.head (builtins.match "([a-z]+)[0-9.]*" text);
in
{
  parse = {
    inherit
      abis
      cpuTypes
      execFormats
      kernelFamilies
      kernels
      significantBytes
      vendors
      ;

    # isSystem :: a -> bool
    isSystem = v: v._type or null == "system";

    # mkSystemFromString :: string -> system
    mkSystemFromString =
      text:
      let
        parts = lib.splitString "-" text;
        part = elemAt parts;
        n = length parts;
      in
      if n == 2 then
        make (part 0) null (kernelName (part 1)) null
      else if n == 3 && kernels ? ${kernelName (part 1)} && abis ? ${part 2} then
        make (part 0) null (kernelName (part 1)) (part 2)
      else if n == 3 then
        make (part 0) (part 1) (kernelName (part 2)) null
      else if n == 4 then
        make (part 0) (part 1) (kernelName (part 2)) (part 3)
      else
        throw "lib.systems.parse: \"${text}\" is not a system such as \"x86_64-linux\" or \"x86_64-unknown-linux-gnu\"";

    # doubleFromSystem :: system -> string
    doubleFromSystem =
      { cpu, kernel, ... }: "${if cpu.family == "x86" && cpu.bits == 32 then "i686" else cpu.name}-${kernel.name}";

    # tripleFromSystem :: system -> string
    tripleFromSystem =
      {
        cpu,
        vendor,
        kernel,
        abi,
        ...
      }:
      "${cpu.name}-${vendor.name}-${kernel.name}" + (if abi == abis.unknown then "" else "-${abi.name}");
  };
}
