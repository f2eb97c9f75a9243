{ lib }:
let
  inherit (lib) fix extends;
in
{
  testId.expr = lib.id 1;
  testId.expected = 1;

  testConst.expr = lib.const 1 (throw "not needed");
  testConst.expected = 1;

  testPipe.expr = lib.pipe 2 [ (x: x + 2) (x: x * 2) ];
  testPipe.expected = 8;

  testPipeEmpty.expr = lib.pipe 2 [ ];
  testPipeEmpty.expected = 2;

  testConcat.expr = lib.concat [ 1 ] [ 2 ];
  testConcat.expected = [ 1 2 ];

  testBooleans.expr = [ (lib.or true false) (lib.and true false) (lib.xor true false) (lib.xor true true) ];
  testBooleans.expected = [ true false true false ];

  testBits.expr = [ (lib.bitAnd 12 10) (lib.bitOr 12 10) (lib.bitXor 12 10) (lib.bitNot 0) ];
  testBits.expected = [ 8 14 6 (-1) ];

  testBoolToString.expr = map lib.boolToString [ true false ];
  testBoolToString.expected = [ "true" "false" ];

  testBoolToYesNo.expr = map lib.boolToYesNo [ true false ];
  testBoolToYesNo.expected = [ "yes" "no" ];

  testFlip.expr = lib.flip (a: b: a - b) 1 3;
  testFlip.expected = 2;

  testDefaultTo.expr = [ (lib.defaultTo 1 null) (lib.defaultTo 1 2) (lib.defaultTo 1 false) ];
  testDefaultTo.expected = [ 1 2 false ];

  testMapNullable.expr = [ (lib.mapNullable (x: x + 1) null) (lib.mapNullable (x: x + 1) 1) ];
  testMapNullable.expected = [ null 2 ];

  testMinMax.expr = [ (lib.min 1 2) (lib.max 1 2) (lib.min 2 1.5) ];
  testMinMax.expected = [ 1 2 1.5 ];

  testMod.expr = [ (lib.mod 11 10) (lib.mod 1 10) (lib.mod (-7) 3) ];
  testMod.expected = [ 1 1 (-1) ];

  testCompare.expr = [ (lib.compare 1 2) (lib.compare 2 2) (lib.compare "b" "a") ];
  testCompare.expected = [ (-1) 0 1 ];

  testSplitByAndCompare.expr = lib.sort (
    a: b: lib.splitByAndCompare (lib.hasPrefix "foo") lib.compare (lib.flip lib.compare) a b < 0
  ) [ "b" "fooz" "c" "fooa" "a" ];
  testSplitByAndCompare.expected = [ "fooa" "fooz" "c" "b" "a" ];

  testToBaseDigits.expr = [ (lib.toBaseDigits 10 250) (lib.toBaseDigits 16 250) (lib.toBaseDigits 2 0) ];
  testToBaseDigits.expected = [ [ 2 5 0 ] [ 15 10 ] [ 0 ] ];

  testHex.expr = [ (lib.toHexString 250) (lib.fromHexString "FA") (lib.fromHexString "0xfa") (lib.fromHexString "7fffffffffffffff") ];
  testHex.expected = [ "FA" 250 250 9223372036854775807 ];

  testFromHexStringInvalid.expr = lib.fromHexString "0xg";
  testFromHexStringInvalid.expectedError = true;

  testFromHexStringTooLarge.expr = lib.fromHexString "ffffffffffffffff";
  testFromHexStringTooLarge.expectedError = true;

  testFunctionArgs.expr = lib.functionArgs (lib.setFunctionArgs (x: x) { a = false; b = true; });
  testFunctionArgs.expected = { a = false; b = true; };

  testFunctionArgsFunctor.expr = lib.functionArgs { __functor = _: { a, b ? 1 }: a; };
  testFunctionArgsFunctor.expected = { a = false; b = true; };

  testMirrorFunctionArgs.expr = lib.functionArgs (lib.mirrorFunctionArgs ({ x, y ? 2 }: x) (args: args));
  testMirrorFunctionArgs.expected = { x = false; y = true; };

  testIsFunction.expr = map lib.isFunction [ (x: x) { __functor = _: x: x; } { } 1 ];
  testIsFunction.expected = [ true true false false ];

  testToFunction.expr = [ (lib.toFunction 1 2) (lib.toFunction (x: x + 1) 2) ];
  testToFunction.expected = [ 1 3 ];

  testThrowIf.expr = lib.throwIf false "no" 1;
  testThrowIf.expected = 1;
  testThrowIfFails.expr = lib.throwIf true "yes" 1;
  testThrowIfFails.expectedError = true;
  testThrowIfNotFails.expr = lib.throwIfNot false "yes" 1;
  testThrowIfNotFails.expectedError = true;

  testCheckListOfEnum.expr = lib.checkListOfEnum "colours" [ "red" "green" ] [ "red" ] 1;
  testCheckListOfEnum.expected = 1;
  testCheckListOfEnumFails.expr = lib.checkListOfEnum "colours" [ "red" "green" ] [ "blue" ] 1;
  testCheckListOfEnumFails.expectedError = true;

  testVersion.expr = lib.versionAtLeast lib.version lib.release && lib.hasPrefix lib.release lib.version;
  testVersion.expected = true;

  testFix.expr = fix (self: { a = 1; b = self.a + 1; });
  testFix.expected = { a = 1; b = 2; };

  testConverge.expr = lib.converge (x: x / 2) 16;
  testConverge.expected = 0;

  testExtends.expr = fix (extends (final: prev: { a = prev.a + 10; }) (self: { a = 1; b = self.a + 1; }));
  testExtends.expected = { a = 11; b = 12; };

  testComposeExtensions.expr = fix (
    extends (lib.composeExtensions (final: prev: { a = prev.a + 1; }) (final: prev: { a = prev.a * 10; })) (_: { a = 1; })
  );
  testComposeExtensions.expected = { a = 20; };

  testComposeManyExtensions.expr = fix (
    extends (lib.composeManyExtensions [
      (final: prev: { a = prev.a + 1; })
      (final: prev: { b = final.a; })
      (final: prev: { a = prev.a * 10; })
    ]) (_: { a = 1; })
  );
  testComposeManyExtensions.expected = { a = 20; b = 20; };

  testComposeManyExtensionsEmpty.expr = fix (extends (lib.composeManyExtensions [ ]) (_: { a = 1; }));
  testComposeManyExtensionsEmpty.expected = { a = 1; };

  testMakeExtensible.expr =
    let
      obj = lib.makeExtensible (self: { a = 1; b = self.a + 1; });
      again = (obj.extend (final: prev: { a = 5; })).extend (final: prev: { c = prev.b; });
    in
    { inherit (again) a b c; };
  testMakeExtensible.expected = { a = 5; b = 6; c = 6; };

  testToExtension.expr = map (x: (lib.toExtension x) { f = 1; } { p = 2; }) [
    { a = 1; }
    (prev: { inherit (prev) p; })
    (final: prev: { inherit (final) f; })
  ];
  testToExtension.expected = [ { a = 1; } { p = 2; } { f = 1; } ];

  testLibExtend.expr = (lib.extend (final: prev: { answer = 42; double = final.answer * 2; })).double;
  testLibExtend.expected = 84;

  testAssertMsg.expr = [ (lib.assertMsg true "x") (lib.assertOneOf "a" 1 [ 1 2 ]) (lib.assertEachOneOf "a" [ 1 1 ] [ 1 2 ]) ];
  testAssertMsg.expected = [ true true true ];
  testAssertOneOfFails.expr = lib.assertOneOf "a" 3 [ 1 2 ];
  testAssertOneOfFails.expectedError = true;
}
