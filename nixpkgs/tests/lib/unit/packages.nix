{ lib }:
let
  # Stands for a derivation; nothing is instantiated.
  pkg = name: attrs: { type = "derivation"; inherit name; outPath = "${builtins.storeDir}/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-${name}"; } // attrs;
in
{

  testCallPackageSum.expr = (lib.callPackageWith { a = 1; b = 2; } ({ a, b, c ? 3 }: { sum = a + b + c; }) { b = 20; }).sum;
  testCallPackageSum.expected = 24;

  testCallPackageMissing.expr = lib.callPackageWith { libfoo = 1; } ({ libfo }: libfo) { };
  testCallPackageMissing.expectedError = true;

  testMakeOverridable.expr =
    let
      f = lib.makeOverridable ({ a, b ? 1 }: { result = a + b; });
      p = f { a = 1; };
    in
    [ p.result (p.override { b = 5; }).result (p.override (old: { a = old.a * 10; })).result ((p.override { a = 3; }).override { b = 7; }).result (lib.functionArgs p.override) ];
  testMakeOverridable.expected = [ 2 6 11 10 { a = false; b = true; } ];

  testMakeOverridableAttrs.expr =
    let
      make = attrs: attrs // { overrideAttrs = f: make (attrs // f attrs); };
      p = lib.makeOverridable ({ a }: make { value = a; }) { a = 1; };
    in
    [ (p.overrideAttrs (old: { value = old.value + 10; })).value ((p.overrideAttrs (old: { value = old.value + 10; })).override { a = 5; }).value ];
  testMakeOverridableAttrs.expected = [ 11 15 ];

  testCallPackages.expr =
    let
      ps = lib.callPackagesWith { x = 1; } ({ x, y ? 2 }: { a = { v = x; }; b = { v = y; }; }) { };
    in
    [ ps.a.v ps.b.v (ps.b.override { y = 9; }).v ];
  testCallPackages.expected = [ 1 2 9 ];

  testMakeScope.expr =
    let
      scope = lib.makeScope (extra: lib.callPackageWith ({ base = 1; } // extra)) (self: {
        a = self.callPackage ({ base }: { v = base; }) { };
        b = self.callPackage ({ a }: { v = a.v + 1; }) { };
      });
      changed = scope.overrideScope (final: prev: { a = { v = 10; }; });
    in
    [ scope.b.v changed.b.v ];
  testMakeScope.expected = [ 2 11 ];

  testExtendDerivation.expr =
    let
      drv = { type = "derivation"; outputs = [ "out" "dev" ]; out = { type = "derivation"; outputName = "out"; drvPath = "d"; outPath = "o"; }; dev = { type = "derivation"; outputName = "dev"; drvPath = "d"; outPath = "v"; }; drvPath = "d"; outPath = "o"; outputName = "out"; };
      ok = lib.extendDerivation true { extra = 1; } drv;
      bad = lib.extendDerivation false { } drv;
    in
    [ ok.extra ok.dev.extra ok.dev.outPath ok.outPath ok.dev.outputSpecified (builtins.tryEval bad.outPath).success ];
  testExtendDerivation.expected = [ 1 1 "v" "o" true false ];

  testLazyDerivation.expr = (lib.lazyDerivation { derivation = throw "not needed"; meta = { a = 1; }; passthru = { p = 2; }; }).meta;
  testLazyDerivation.expected = { a = 1; };

  testGetExe.expr = [ (lib.getExe (pkg "x-1" { meta.mainProgram = "main"; })) (lib.getExe' (pkg "x-1" { bin = pkg "x-1-bin" { }; }) "other") ];
  testGetExe.expected = [ "${pkg "x-1" { }}/bin/main" "${pkg "x-1-bin" { }}/bin/other" ];
  testGetExeNotPackage.expr = lib.getExe' "x" "y";
  testGetExeNotPackage.expectedError = true;
  testGetExeNested.expr = lib.getExe' (pkg "x" { }) "a/b";
  testGetExeNested.expectedError = true;

  testMeta.expr = [ (lib.hiPrio (pkg "x" { })).meta.priority (lib.lowPrio (pkg "x" { meta.a = 1; })).meta (lib.appendToName "debug" { name = "x-1.2"; }).name (lib.setName "y" { name = "x"; }).name ];
  testMeta.expected = [ (-10) { a = 1; priority = 10; } "x-debug-1.2" "y" ];

  testPlatforms.expr =
    let
      linux = lib.systems.elaborate "x86_64-linux";
      arm = lib.systems.elaborate "aarch64-linux";
    in
    [
      (lib.availableOn linux (pkg "x" { meta.platforms = [ "x86_64-linux" ]; }))
      (lib.availableOn arm (pkg "x" { meta.platforms = [ "x86_64-linux" ]; }))
      (lib.availableOn arm (pkg "x" { meta.platforms = lib.platforms.linux; }))
      (lib.availableOn arm (pkg "x" { meta.badPlatforms = lib.platforms.linux; }))
      (lib.availableOn arm (pkg "x" { }))
      (lib.platformMatch linux { system = "x86_64-linux"; })
      (lib.platformMatch linux { cpu = { bits = 64; }; })
    ];
  testPlatforms.expected = [ true false true false true true true ];

  testElaborate.expr =
    let
      p = lib.systems.elaborate "aarch64-linux";
    in
    { inherit (p) system config isLinux isAarch64 isx86_64 is64bit isDarwin isMusl linuxArch libc isStatic; cpu = p.parsed.cpu.name; kernel = p.uname.system; };
  testElaborate.expected = { system = "aarch64-linux"; config = "aarch64-unknown-linux-gnu"; isLinux = true; isAarch64 = true; isx86_64 = false; is64bit = true; isDarwin = false; isMusl = false; linuxArch = "arm64"; libc = "glibc"; isStatic = false; cpu = "aarch64"; kernel = "Linux"; };

  testElaborateConfig.expr = map (c: let p = lib.systems.elaborate { config = c; }; in [ p.system p.config ]) [ "x86_64-unknown-linux-musl" "armv7l-unknown-linux-gnueabihf" "aarch64-apple-darwin" ];
  testElaborateConfig.expected = [ [ "x86_64-linux" "x86_64-unknown-linux-musl" ] [ "armv7l-linux" "armv7l-unknown-linux-gnueabihf" ] [ "aarch64-darwin" "aarch64-apple-darwin" ] ];

  testElaborateExamples.expr = builtins.all (e: builtins.isString (lib.systems.elaborate e).system) (lib.attrValues lib.systems.examples);
  testElaborateExamples.expected = true;

  testSystemsEqual.expr = [ (lib.systems.equals (lib.systems.elaborate "x86_64-linux") (lib.systems.elaborate "x86_64-linux")) (lib.systems.equals (lib.systems.elaborate "x86_64-linux") (lib.systems.elaborate "aarch64-linux")) ];
  testSystemsEqual.expected = [ true false ];

  testUnknownSystem.expr = (lib.systems.elaborate "z80-cpm").system;
  testUnknownSystem.expectedError = true;

  testLicenses.expr = [ lib.licenses.mit.spdxId lib.licenses.gpl3Plus.free lib.licenses.unfree.free lib.licenses.asl20.shortName (lib.getLicenseFromSpdxId "mit").shortName (lib.getLicenseFromSpdxIdOr "x" null) ];
  testLicenses.expected = [ "MIT" true false "asl20" "mit" null ];
  testLicensesComplete.expr = builtins.all (l: l ? fullName && l ? shortName && l ? free) (lib.attrValues lib.licenses);
  testLicensesComplete.expected = true;

  testNormalizeHash.expr = [ (lib.fetchers.normalizeHash { } { sha256 = "x"; url = "u"; }) (lib.fetchers.normalizeHash { hashTypes = [ "sha512" ]; } { hash = "h"; }) ];
  testNormalizeHash.expected = [ { outputHash = "x"; outputHashAlgo = "sha256"; url = "u"; } { outputHash = "h"; outputHashAlgo = null; } ];
  testNormalizeHashTwice.expr = lib.fetchers.normalizeHash { } { hash = "h"; sha256 = "x"; };
  testNormalizeHashTwice.expectedError = true;

  testNetwork.expr = [ (lib.network.ipv6.fromString "2001:DB8::ffff/32") (lib.network.ipv6.fromString "::1") (lib.network.ipv6.fromString "2001:db8:0:0:1:0:0:1") (lib.network.ipv6.mkEUI64Suffix "66:75:63:6B:20:75") ];
  testNetwork.expected = [ { address = "2001:db8::ffff"; prefixLength = 32; } { address = "::1"; prefixLength = 128; } { address = "2001:db8::1:0:0:1"; prefixLength = 128; } "6475:63ff:fe6b:2075" ];
  testNetworkInvalid.expr = lib.network.ipv6.fromString "2001:db8:::1";
  testNetworkInvalid.expectedError = true;
  testNetworkPrefix.expr = lib.network.ipv6.fromString "::1/129";
  testNetworkPrefix.expectedError = true;
}
