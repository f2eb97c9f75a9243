{ lib }:
{
  testConcat.expr = [ (lib.concatStrings [ "a" "b" ]) (lib.concatMapStrings (x: "a" + x) [ "f" "b" ]) (lib.concatMapStringsSep "-" lib.toUpper [ "f" "b" ]) ];
  testConcat.expected = [ "ab" "afab" "F-B" ];

  testConcatImap.expr = [ (lib.concatImapStrings (pos: x: "${toString pos}-${x}") [ "foo" "bar" ]) (lib.concatImapStringsSep "-" (pos: x: toString (x / pos)) [ 6 6 6 ]) ];
  testConcatImap.expected = [ "1-foo2-bar" "6-3-2" ];

  testConcatMapAttrsStringSep.expr = lib.concatMapAttrsStringSep "\n" (n: v: "${n}: foo-${v}") { a = "0.1"; b = "0.2"; };
  testConcatMapAttrsStringSep.expected = "a: foo-0.1\nb: foo-0.2";

  testConcatLines.expr = [ (lib.concatLines [ "a" "b" ]) (lib.concatLines [ ]) ];
  testConcatLines.expected = [ "a\nb\n" "" ];

  testIntersperse.expr = [ (lib.intersperse "/" [ "usr" "local" "bin" ]) (lib.intersperse "/" [ "usr" ]) (lib.intersperse "/" [ ]) ];
  testIntersperse.expected = [ [ "usr" "/" "local" "/" "bin" ] [ "usr" ] [ ] ];

  testReplicate.expr = [ (lib.strings.replicate 3 "ab") (lib.strings.replicate 0 "ab") ];
  testReplicate.expected = [ "ababab" "" ];

  testJoin.expr = lib.join ", " [ "foo" "bar" ];
  testJoin.expected = "foo, bar";

  testSearchPaths.expr = [
    (lib.makeSearchPath "bin" [ "/root" "/usr" ])
    (lib.makeSearchPath "bin" [ "/root" null ])
    (lib.makeBinPath [ "/root" { outPath = "/out"; bin = "/bin-output"; } ])
    (lib.makeLibraryPath [ "/usr" { outPath = "/out"; lib = { outPath = "/lib-output"; }; } ])
    (lib.makeSearchPathOutput "dev" "include" [ { outPath = "/out"; dev = "/dev-output"; } ])
  ];
  testSearchPaths.expected = [ "/root/bin:/usr/bin" "/root/bin" "/root/bin:/bin-output/bin" "/usr/lib:/lib-output/lib" "/dev-output/include" ];

  testOptionalString.expr = [ (lib.optionalString true "a") (lib.optionalString false "a") ];
  testOptionalString.expected = [ "a" "" ];

  testPrefixes.expr = [ (lib.hasPrefix "foo" "foobar") (lib.hasPrefix "foo" "barfoo") (lib.hasPrefix "" "x") (lib.hasSuffix "foo" "foobar") (lib.hasSuffix "foo" "barfoo") (lib.hasSuffix "long" "ng") (lib.hasInfix "bc" "abcd") (lib.hasInfix "x" "abcd") (lib.hasInfix "" "a") ];
  testPrefixes.expected = [ true false true false true false true false true ];

  testRemovePrefix.expr = [ (lib.removePrefix "foo." "foo.bar.baz") (lib.removePrefix "xxx" "foo") (lib.removeSuffix "front" "homefront") (lib.removeSuffix "xxx" "home") (lib.removeSuffix "" "home") ];
  testRemovePrefix.expected = [ "bar.baz" "foo" "home" "home" "home" ];

  testSplitString.expr = [ (lib.splitString "." "foo.bar.baz") (lib.splitString "/" "/usr/local/bin") (lib.splitString "." "") (lib.splitString "xx" "axxb") ];
  testSplitString.expected = [ [ "foo" "bar" "baz" ] [ "" "usr" "local" "bin" ] [ "" ] [ "a" "b" ] ];

  testSplitStringBy.expr = [
    (lib.splitStringBy (prev: curr: builtins.elem curr [ "." "-" ]) false "foo.bar-baz")
    (lib.splitStringBy (prev: curr: builtins.elem curr [ "." "-" ]) false "foo..bar")
    (lib.splitStringBy (prev: curr: prev != "" && lib.toLower prev == prev && lib.toUpper curr == curr) true "fooBarBaz")
    (lib.splitStringBy (prev: curr: true) false "")
  ];
  testSplitStringBy.expected = [ [ "foo" "bar" "baz" ] [ "foo" "" "bar" ] [ "foo" "Bar" "Baz" ] [ ] ];

  testCharacters.expr = [ (lib.stringToCharacters "abc") (lib.stringToCharacters "") (lib.stringAsChars (x: if x == "a" then "i" else x) "nax") ];
  testCharacters.expected = [ [ "a" "b" "c" ] [ ] "nix" ];

  testCharToInt.expr = map lib.charToInt [ "A" "z" " " "\n" "~" ];
  testCharToInt.expected = [ 65 122 32 10 126 ];

  testCase.expr = [ (lib.toLower "HOME-ä") (lib.toUpper "home-ä") (lib.toSentenceCase "home WORK") (lib.toSentenceCase "") ];
  testCase.expected = [ "home-ä" "HOME-ä" "Home work" "" ];

  testToCamelCase.expr = map lib.toCamelCase [ "hello-world" "hello_world bar" "Foobar" "FooBar" "_foo_bar" "" ];
  testToCamelCase.expected = [ "helloWorld" "helloWorldBar" "foobar" "fooBar" "fooBar" "" ];

  testEscape.expr = [ (lib.escape [ "(" ")" ] "(foo)") (lib.escapeC [ " " "\n" ] "foo bar\n") (lib.escapeURL "foo bar/ä?") ];
  testEscape.expected = [ "\\(foo\\)" "foo\\x20bar\\x0a" "foo%20bar%2Fä%3F" ];

  testEscapeShellArg.expr = map lib.escapeShellArg [ "esc'ape\nme" "plain-word" "" "/nix/store/x" "a b" "$x" 1 ./trivial.nix ];
  testEscapeShellArg.expected = [ "'esc'\\''ape\nme'" "plain-word" "''" "/nix/store/x" "'a b'" "'$x'" "1" (lib.escapeShellArg (toString ./trivial.nix)) ];

  testEscapeShellArgs.expr = lib.escapeShellArgs [ "one" "two three" "four'five" ];
  testEscapeShellArgs.expected = "one 'two three' 'four'\\''five'";

  testToShellVars.expr = lib.toShellVars {
    STRing01 = "just a 'string'";
    _array_ = [ "with" "more strings" ];
    assoc."with some" = "strings\npossibly newlines";
    drv = { outPath = "/drv"; };
  };
  testToShellVars.expected = "STRing01='just a '\\''string'\\'''\ndeclare -a _array_=(with 'more strings')\ndeclare -A assoc=(['with some']='strings\npossibly newlines')\ndrv=/drv";
  testToShellVarInvalid.expr = lib.toShellVar "1a" "x";
  testToShellVarInvalid.expectedError = true;

  testIsValidPosixName.expr = map lib.isValidPosixName [ "a1_" "1a" "a-b" "" ];
  testIsValidPosixName.expected = [ true false false false ];

  testEscapeNix.expr = [ (lib.escapeNixString "hello\${}\n\"") (lib.escapeNixIdentifier "hello") (lib.escapeNixIdentifier "0abc") (lib.escapeNixIdentifier "if") (lib.escapeNixIdentifier "a-b'") ];
  testEscapeNix.expected = [ "\"hello\\\${}\\n\\\"\"" "hello" "\"0abc\"" "\"if\"" "a-b'" ];

  testEscapeRegex.expr = [ (lib.escapeRegex "[^a-z]*") (builtins.match (lib.escapeRegex "a.b+(c)|{d}$^?\\") "a.b+(c)|{d}$^?\\") ];
  testEscapeRegex.expected = [ "\\[\\^a-z]\\*" [ ] ];

  testEscapeXML.expr = lib.escapeXML ''"test" 'test' < & >'';
  testEscapeXML.expected = "&quot;test&quot; &apos;test&apos; &lt; &amp; &gt;";

  testTrim.expr = [ (lib.trim "   hello, world!   \n") (lib.trim " \n\t ") (lib.trim "") (lib.trimWith { start = true; } "  a  ") (lib.trimWith { end = true; } "  a  ") (lib.trimWith { } " a ") (lib.trim " a\nb ") ];
  testTrim.expected = [ "hello, world!" "" "" "a  " "  a" " a " "a\nb" ];

  testToInt.expr = map lib.toInt [ "1337" "-4" " 123 " "0" "00" "-0" ];
  testToInt.expected = [ 1337 (-4) 123 0 0 0 ];
  testToIntAmbiguous.expr = lib.toInt "00024";
  testToIntAmbiguous.expectedError = true;
  testToIntFloat.expr = lib.toInt "3.14";
  testToIntFloat.expectedError = true;
  testToIntEmpty.expr = lib.toInt "";
  testToIntEmpty.expectedError = true;
  testToIntBase10.expr = map lib.toIntBase10 [ "1337" "-4" "00024" " 0042 " "0" ];
  testToIntBase10.expected = [ 1337 (-4) 24 42 0 ];

  testFloatToString.expr = [ (lib.floatToString 0.5) (lib.floatToString 2.0) ];
  testFloatToString.expected = [ "0.500000" "2.000000" ];

  testFixedWidth.expr = [ (lib.fixedWidthString 5 "0" "15") (lib.fixedWidthString 2 "0" "15") (lib.fixedWidthNumber 5 15) ];
  testFixedWidth.expected = [ "00015" "15" "00015" ];
  testFixedWidthTooLong.expr = lib.fixedWidthString 1 "0" "15";
  testFixedWidthTooLong.expectedError = true;

  testNames.expr = [ (lib.getName "youtube-dl-2016.01.01") (lib.getName { pname = "x"; }) (lib.getVersion "youtube-dl-2016.01.01") (lib.getVersion { name = "a-1.2"; }) (lib.nameFromURL "https://nixos.org/releases/nix/nix-1.7/nix-1.7-x86_64-linux.tar.bz2" "-") (lib.nameFromURL "https://nixos.org/a/nix-1.7-x86_64-linux.tar.bz2" "_") ];
  testNames.expected = [ "youtube-dl" "x" "2016.01.01" "1.2" "nix" "nix-1.7-x86" ];

  testVersions.expr = [ (lib.versionOlder "1.1" "1.2") (lib.versionOlder "1.1" "1.1") (lib.versionAtLeast "1.1" "1.1") (lib.versionAtLeast "1.1" "1.2") ];
  testVersions.expected = [ true false true false ];

  testVersionParts.expr = with lib.versions; [ (major "1.2.3") (minor "1.2.3") (patch "1.2.3") (majorMinor "1.2.3") (splitVersion "1.2.3") (pad 3 "1.2") (pad 3 "1.3-rc1") (pad 3 "1.2.3.4") ];
  testVersionParts.expected = [ "1" "2" "3" "1.2" [ "1" "2" "3" ] "1.2.0" "1.3.0-rc1" "1.2.3" ];

  testSanitize.expr = map lib.sanitizeDerivationName [ "../hello.bar # foo" "" "a.b" ".hidden" "foo/bar" ];
  testSanitize.expected = [ "-hello.bar-foo" "unknown" "a.b" "hidden" "foo-bar" ];

  testLevenshtein.expr = [ (lib.levenshtein "foo" "foo") (lib.levenshtein "book" "hook") (lib.levenshtein "hello" "Heyo") (lib.levenshtein "" "abc") (lib.levenshtein "kitten" "sitting") ];
  testLevenshtein.expected = [ 0 1 3 3 3 ];

  testLevenshteinAtMost.expr = [ (lib.levenshteinAtMost 0 "foo" "foo") (lib.levenshteinAtMost 1 "foo" "boa") (lib.levenshteinAtMost 2 "foo" "boa") (lib.levenshteinAtMost 2 "kitten" "sitting") (lib.levenshteinAtMost 3 "kitten" "sitting") ];
  testLevenshteinAtMost.expected = [ true false true false true ];

  testStringLike.expr = map lib.isStringLike [ "x" ./. { outPath = "x"; } { __toString = _: "x"; } 1 [ ] { } null ];
  testStringLike.expected = [ true true true true false false false false ];

  testConvertible.expr = map lib.isConvertibleWithToString [ "x" 1 1.5 true null [ 1 [ "x" ] ] { } [ { } ] (x: x) ];
  testConvertible.expected = [ true true true true true true false false false ];

  testIsStorePath.expr = map lib.isStorePath [ "${builtins.storeDir}/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11" "${builtins.storeDir}/d945ibfx9x185xf04b890y4f9g3cbb63-python-2.7.11/bin" builtins.storeDir [ ] 42 "x" ];
  testIsStorePath.expected = [ true false false false false false ];

  testFlags.expr = [
    (lib.mesonOption "engine" "opengl")
    (lib.mesonBool "hardened" true)
    (lib.mesonEnable "opengl" false)
    (lib.cmakeOptionType "string" "ENGINE" "sdl2")
    (lib.cmakeBool "ENABLE" false)
    (lib.cmakeFeature "MODULES" "bad")
    (lib.enableFeature true "foo")
    (lib.enableFeatureAs true "foo" "bar")
    (lib.enableFeatureAs false "foo" (throw "not needed"))
    (lib.withFeature false "foo")
    (lib.withFeatureAs true "foo" "bar")
  ];
  testFlags.expected = [ "-Dengine=opengl" "-Dhardened=true" "-Dopengl=disabled" "-DENGINE:STRING=sdl2" "-DENABLE:BOOL=FALSE" "-DMODULES:STRING=bad" "--enable-foo" "--enable-foo=bar" "--disable-foo" "--without-foo" "--with-foo=bar" ];

  testNormalizePath.expr = lib.normalizePath "/a//b///c/";
  testNormalizePath.expected = "/a/b/c/";

  testReplaceString.expr = [ (lib.replaceString "world" "Nix" "Hello, world!") (lib.replaceStrings [ "a" ] [ "b" ] "aa") ];
  testReplaceString.expected = [ "Hello, Nix!" "bb" ];

  testCommonLengths.expr = [ (lib.strings.commonPrefixLength "abcd" "abef") (lib.strings.commonSuffixLength "xyab" "ab") ];
  testCommonLengths.expected = [ 2 2 ];

  testTextClosure.expr = [
    (lib.textClosureList { a = { deps = [ "b" "c" ]; text = "a"; }; b = { deps = [ ]; text = "b"; }; c = { deps = [ "b" ]; text = "c"; }; } [ "a" ])
    (lib.textClosureMap lib.toUpper { a = lib.fullDepEntry "a" [ "b" ]; b = lib.noDepEntry "b"; } [ "a" "b" ])
  ];
  testTextClosure.expected = [ [ "b" "c" "a" ] "B\nA" ];
}
