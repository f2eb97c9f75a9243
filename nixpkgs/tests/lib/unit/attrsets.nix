{ lib }:
let
  set = { a = { b = 3; }; };
in
{
  testAttrByPath.expr = [ (lib.attrByPath [ "a" "b" ] 6 set) (lib.attrByPath [ "z" "z" ] 6 set) (lib.attrByPath [ ] 6 set) (lib.attrByPath [ "a" "b" "c" ] 6 set) ];
  testAttrByPath.expected = [ 3 6 set 6 ];

  testHasAttrByPath.expr = [ (lib.hasAttrByPath [ "a" "b" ] set) (lib.hasAttrByPath [ "a" "c" ] set) (lib.hasAttrByPath [ ] set) ];
  testHasAttrByPath.expected = [ true false true ];

  testLongestValidPathPrefix.expr = [ (lib.longestValidPathPrefix [ "a" "b" ] set) (lib.longestValidPathPrefix [ "a" "z" "y" ] set) (lib.longestValidPathPrefix [ "z" ] set) ];
  testLongestValidPathPrefix.expected = [ [ "a" "b" ] [ "a" ] [ ] ];

  testGetAttrFromPath.expr = lib.getAttrFromPath [ "a" "b" ] set;
  testGetAttrFromPath.expected = 3;
  testGetAttrFromPathMissing.expr = lib.getAttrFromPath [ "z" "z" ] set;
  testGetAttrFromPathMissing.expectedError = true;

  testSetAttrByPath.expr = [ (lib.setAttrByPath [ "a" "b" ] 3) (lib.setAttrByPath [ ] 3) ];
  testSetAttrByPath.expected = [ { a.b = 3; } 3 ];

  testUpdateManyAttrsByPath.expr = lib.updateManyAttrsByPath [
    { path = [ "a" "b" ]; update = old: { d = old.c; }; }
    { path = [ "a" "b" "c" ]; update = old: old + 1; }
    { path = [ "x" "y" ]; update = _: "xy"; }
  ] { a.b.c = 0; };
  testUpdateManyAttrsByPath.expected = { a = { b = { d = 1; }; }; x = { y = "xy"; }; };

  testUpdateManyAttrsByPathOrder.expr = lib.updateManyAttrsByPath [
    { path = [ "a" ]; update = old: old + 1; }
    { path = [ "a" ]; update = old: old * 10; }
  ] { a = 1; };
  testUpdateManyAttrsByPathOrder.expected = { a = 20; };

  testUpdateManyAttrsByPathMissing.expr = lib.updateManyAttrsByPath [ { path = [ "a" ]; update = old: old; } ] { };
  testUpdateManyAttrsByPathMissing.expectedError = true;

  testConcatMapAttrs.expr = lib.concatMapAttrs (n: v: { ${n} = v; ${n + v} = "z"; }) { x = "a"; y = "b"; };
  testConcatMapAttrs.expected = { x = "a"; xa = "z"; y = "b"; yb = "z"; };

  testAttrVals.expr = lib.attrVals [ "b" "a" ] { a = 1; b = 2; c = 3; };
  testAttrVals.expected = [ 2 1 ];

  testGetAttrs.expr = lib.getAttrs [ "a" ] { a = 1; b = throw "not needed"; };
  testGetAttrs.expected = { a = 1; };

  testFilterAttrs.expr = lib.filterAttrs (n: v: n == "foo" || v == 2) { foo = 1; bar = 2; baz = 3; };
  testFilterAttrs.expected = { foo = 1; bar = 2; };

  testFilterAttrsRecursive.expr = lib.filterAttrsRecursive (n: v: v != null) { a = null; b = { c = null; d = 1; }; };
  testFilterAttrsRecursive.expected = { b = { d = 1; }; };

  testFoldlAttrs.expr = lib.foldlAttrs (acc: n: v: acc + "${n}${toString v}") "" { b = 2; a = 1; };
  testFoldlAttrs.expected = "a1b2";

  testFoldAttrs.expr = lib.foldAttrs (item: acc: [ item ] ++ acc) [ ] [ { a = 2; } { a = 3; b = 1; } ];
  testFoldAttrs.expected = { a = [ 2 3 ]; b = [ 1 ]; };

  testCollect.expr = lib.collect builtins.isList { a = { b = [ "b" ]; }; c = [ 1 ]; d = 2; };
  testCollect.expected = [ [ "b" ] [ 1 ] ];

  testCartesianProduct.expr = [ (lib.cartesianProduct { a = [ 1 2 ]; b = [ 10 20 ]; }) (lib.cartesianProduct { }) (lib.cartesianProduct { a = [ ]; b = [ 1 ]; }) ];
  testCartesianProduct.expected = [
    [ { a = 1; b = 10; } { a = 1; b = 20; } { a = 2; b = 10; } { a = 2; b = 20; } ]
    [ { } ]
    [ ]
  ];

  testMapCartesianProduct.expr = lib.mapCartesianProduct ({ a, b }: "${a}-${b}") { a = [ "1" "2" ]; b = [ "3" ]; };
  testMapCartesianProduct.expected = [ "1-3" "2-3" ];

  testMapAttrs'.expr = lib.mapAttrs' (n: v: lib.nameValuePair "foo_${n}" "bar-${v}") { x = "a"; y = "b"; };
  testMapAttrs'.expected = { foo_x = "bar-a"; foo_y = "bar-b"; };

  testAttrsToList.expr = lib.attrsToList { b = 2; a = 1; };
  testAttrsToList.expected = [ { name = "a"; value = 1; } { name = "b"; value = 2; } ];

  testMapAttrsToList.expr = lib.mapAttrsToList (n: v: n + v) { x = "a"; y = "b"; };
  testMapAttrsToList.expected = [ "xa" "yb" ];

  testMapAttrsRecursive.expr = lib.mapAttrsRecursive (path: v: lib.concatStringsSep "-" (path ++ [ v ])) { n = { a = "A"; m = { b = "B"; }; }; d = "D"; };
  testMapAttrsRecursive.expected = { n = { a = "n-a-A"; m = { b = "n-m-b-B"; }; }; d = "d-D"; };

  testMapAttrsRecursiveCond.expr = lib.mapAttrsRecursiveCond (as: !(as ? leaf)) (_: v: if builtins.isAttrs v then v.leaf else v) { a = { leaf = 1; }; b = { c = 2; }; };
  testMapAttrsRecursiveCond.expected = { a = 1; b = { c = 2; }; };

  testMapAttrsToListRecursive.expr = lib.mapAttrsToListRecursive (path: v: "${lib.concatStringsSep "." path}=${v}") { a.b = "1"; c = "2"; };
  testMapAttrsToListRecursive.expected = [ "a.b=1" "c=2" ];

  testGenAttrs.expr = lib.genAttrs [ "foo" "bar" ] (n: "x_" + n);
  testGenAttrs.expected = { foo = "x_foo"; bar = "x_bar"; };

  testGenAttrs'.expr = lib.genAttrs' [ 1 2 ] (n: lib.nameValuePair "n${toString n}" n);
  testGenAttrs'.expected = { n1 = 1; n2 = 2; };

  testIsDerivation.expr = map lib.isDerivation [ { type = "derivation"; } { } "x" { type = 1; } ];
  testIsDerivation.expected = [ true false false false ];

  testOptionalAttrs.expr = [ (lib.optionalAttrs true { a = 1; }) (lib.optionalAttrs false (throw "not needed")) ];
  testOptionalAttrs.expected = [ { a = 1; } { } ];

  testZipAttrs.expr = lib.zipAttrs [ { a = "x"; } { a = "y"; b = "z"; } ];
  testZipAttrs.expected = { a = [ "x" "y" ]; b = [ "z" ]; };

  testZipAttrsWithNames.expr = lib.zipAttrsWithNames [ "a" ] (n: vs: vs) [ { a = "x"; } { a = "y"; b = "z"; } ];
  testZipAttrsWithNames.expected = { a = [ "x" "y" ]; };

  testMergeAttrsList.expr = [ (lib.mergeAttrsList [ { a = 0; b = 1; } { c = 2; } { a = 3; } ]) (lib.mergeAttrsList [ ]) ];
  testMergeAttrsList.expected = [ { a = 3; b = 1; c = 2; } { } ];

  testRecursiveUpdate.expr = lib.recursiveUpdate { boot.loader = { enable = true; device = "/dev/hda"; }; x = 1; } { boot.loader.device = ""; x = { y = 2; }; };
  testRecursiveUpdate.expected = { boot.loader = { enable = true; device = ""; }; x = { y = 2; }; };

  testRecursiveUpdateUntil.expr = lib.recursiveUpdateUntil (path: l: r: path == [ "foo" ]) { foo.bar = 1; foo.baz = 2; bar = 3; } { foo.bar = 1; foo.quz = 2; baz = 4; };
  testRecursiveUpdateUntil.expected = { foo = { bar = 1; quz = 2; }; bar = 3; baz = 4; };

  testMatchAttrs.expr = [
    (lib.matchAttrs { cpu = { bits = 64; }; } { cpu = { bits = 64; name = "x"; }; kernel = 1; })
    (lib.matchAttrs { cpu = { bits = 32; }; } { cpu = { bits = 64; }; })
    (lib.matchAttrs { a = 1; } { })
    (lib.matchAttrs { } { })
  ];
  testMatchAttrs.expected = [ true false false true ];

  testOverrideExisting.expr = lib.overrideExisting { a = 1; b = 2; } { b = 3; c = 4; };
  testOverrideExisting.expected = { a = 1; b = 3; };

  testShowAttrPath.expr = [ (lib.showAttrPath [ "foo" "10" "bar" ]) (lib.showAttrPath [ ]) ];
  testShowAttrPath.expected = [ "foo.\"10\".bar" "<root attribute path>" ];

  testUnionOfDisjoint.expr = (lib.unionOfDisjoint { a = 1; } { b = 2; }) == { a = 1; b = 2; };
  testUnionOfDisjoint.expected = true;
  testUnionOfDisjointClash.expr = lib.unionOfDisjoint { a = 1; } { a = 2; };
  testUnionOfDisjointClash.expectedError = true;

  testGetOutput.expr =
    let
      pkg = { out = "out"; bin = "bin"; dev = "dev"; };
    in
    [ (lib.getBin pkg) (lib.getDev pkg) (lib.getLib pkg) (lib.getMan pkg) (lib.getOutput "doc" pkg) (lib.getBin { outputSpecified = true; bin = "bin"; outPath = "x"; }).outPath ];
  testGetOutput.expected = [ "bin" "dev" "out" "bin" "out" "x" ];

  testIntersectAttrs.expr = lib.intersectAttrs { a = 1; b = 2; } { b = 3; c = 4; };
  testIntersectAttrs.expected = { b = 3; };
}
