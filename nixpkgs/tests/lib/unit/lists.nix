{ lib }:
{
  testFoldr.expr = [ (lib.foldr (a: b: a + b) "z" [ "a" "b" "c" ]) (lib.foldr (a: _: a) 0 [ 1 (throw "not needed") ]) ];
  testFoldr.expected = [ "abcz" 1 ];

  testFoldl.expr = lib.foldl (a: b: a + b) "z" [ "a" "b" "c" ];
  testFoldl.expected = "zabc";

  testFoldl'.expr = lib.foldl' (acc: x: acc + x) 0 [ 1 2 3 ];
  testFoldl'.expected = 6;
  testFoldl'ForcesInit.expr = lib.foldl' (_: x: x) (throw "forced") [ 1 ];
  testFoldl'ForcesInit.expectedError = true;

  testImap.expr = [ (lib.imap0 (i: v: "${v}-${toString i}") [ "a" "b" ]) (lib.imap1 (i: v: "${v}-${toString i}") [ "a" "b" ]) ];
  testImap.expected = [ [ "a-0" "b-1" ] [ "a-1" "b-2" ] ];

  testIfilter0.expr = lib.ifilter0 (i: v: i == 0 || v > 2) [ 1 2 3 ];
  testIfilter0.expected = [ 1 3 ];

  testFlatten.expr = [ (lib.flatten [ 1 [ 2 [ 3 ] 4 ] 5 ]) (lib.flatten 1) ];
  testFlatten.expected = [ [ 1 2 3 4 5 ] [ 1 ] ];

  testRemove.expr = lib.remove 3 [ 1 3 4 3 ];
  testRemove.expected = [ 1 4 ];

  testFindSingle.expr = map (lib.findSingle (x: x == 3) "none" "multiple") [ [ 1 3 3 ] [ 1 3 ] [ 1 9 ] ];
  testFindSingle.expected = [ "multiple" 3 "none" ];

  testFindFirst.expr = [
    (lib.findFirst (x: x > 3) 7 [ 1 6 4 ])
    (lib.findFirst (x: x > 9) 7 [ 1 6 4 ])
    (lib.findFirstIndex (x: x > 3) null [ 1 6 4 ])
    (lib.findFirst (x: x == 1) null [ 1 (throw "not needed") ])
    (lib.findFirstIndex (x: x > 3) null [ ])
  ];
  testFindFirst.expected = [ 6 7 1 1 null ];

  testCount.expr = lib.count (x: x == 3) [ 3 2 3 4 6 ];
  testCount.expected = 2;

  testOptionals.expr = [ (lib.optional true 1) (lib.optional false 1) (lib.optionals true [ 2 3 ]) (lib.optionals false [ 2 ]) ];
  testOptionals.expected = [ [ 1 ] [ ] [ 2 3 ] [ ] ];

  testToList.expr = [ (lib.toList [ 1 ]) (lib.toList "hi") ];
  testToList.expected = [ [ 1 ] [ "hi" ] ];

  testRange.expr = [ (lib.range 2 4) (lib.range 3 2) (lib.range 1 1) ];
  testRange.expected = [ [ 2 3 4 ] [ ] [ 1 ] ];

  testReplicate.expr = lib.replicate 3 "a";
  testReplicate.expected = [ "a" "a" "a" ];

  testPartition.expr = lib.partition (x: x > 2) [ 5 1 2 3 4 ];
  testPartition.expected = { right = [ 5 3 4 ]; wrong = [ 1 2 ]; };

  testGroupBy'.expr = lib.groupBy' builtins.add 0 (x: lib.boolToString (x > 2)) [ 5 1 2 3 4 ];
  testGroupBy'.expected = { true = 12; false = 3; };

  testZipLists.expr = [ (lib.zipListsWith (a: b: a + b) [ "h" "l" ] [ "e" "o" "x" ]) (lib.zipLists [ 1 2 ] [ "a" "b" ]) ];
  testZipLists.expected = [ [ "he" "lo" ] [ { fst = 1; snd = "a"; } { fst = 2; snd = "b"; } ] ];

  testReverseList.expr = [ (lib.reverseList [ "b" "o" "j" ]) (lib.reverseList [ ]) ];
  testReverseList.expected = [ [ "j" "o" "b" ] [ ] ];

  testListDfs.expr = [
    (lib.listDfs true lib.hasPrefix [ "/home/user" "other" "/" "/home" ])
    (lib.listDfs true lib.hasPrefix [ "/home/user" "other" "/" "/home" "/" ])
  ];
  testListDfs.expected = [
    { minimal = "/"; visited = [ "/home/user" ]; rest = [ "/home" "other" ]; }
    { cycle = "/"; loops = [ "/" ]; visited = [ "/" "/home/user" ]; rest = [ "/home" "other" ]; }
  ];

  testToposort.expr = [
    (lib.toposort lib.hasPrefix [ "/home/user" "other" "/" "/home" ])
    (lib.toposort (a: b: a < b) [ 3 2 1 ])
    (lib.toposort (a: b: a < b) [ ])
  ];
  testToposort.expected = [
    { result = [ "/" "/home" "/home/user" "other" ]; }
    { result = [ 1 2 3 ]; }
    { result = [ ]; }
  ];
  testToposortCycle.expr = lib.toposort lib.hasPrefix [ "/home/user" "other" "/" "/home" "/" ];
  testToposortCycle.expected = { cycle = [ "/home/user" "/" "/" ]; loops = [ "/" ]; };

  testSort.expr = [ (lib.sort (a: b: a < b) [ 5 3 7 ]) (lib.sortOn lib.stringLength [ "aa" "b" "cccc" ]) ];
  testSort.expected = [ [ 3 5 7 ] [ "b" "aa" "cccc" ] ];

  testCompareLists.expr = [ (lib.compareLists lib.compare [ ] [ ]) (lib.compareLists lib.compare [ ] [ "a" ]) (lib.compareLists lib.compare [ "a" "b" ] [ "a" "c" ]) (lib.compareLists lib.compare [ "b" ] [ "a" "c" ]) ];
  testCompareLists.expected = [ 0 (-1) (-1) 1 ];

  testNaturalSort.expr = [
    (lib.naturalSort [ "disk11" "disk8" "disk100" "disk9" ])
    (lib.naturalSort [ "10.46.133.149" "10.5.16.62" "10.54.16.25" ])
    (lib.naturalSort [ "v0.2" "v0.15" "v0.0.9" ])
  ];
  testNaturalSort.expected = [
    [ "disk8" "disk9" "disk11" "disk100" ]
    [ "10.5.16.62" "10.46.133.149" "10.54.16.25" ]
    [ "v0.0.9" "v0.2" "v0.15" ]
  ];

  testTake.expr = [ (lib.take 2 [ 1 2 3 ]) (lib.take 9 [ 1 ]) (lib.take 2 [ ]) (lib.takeEnd 2 [ 1 2 3 ]) (lib.takeEnd 9 [ 1 ]) ];
  testTake.expected = [ [ 1 2 ] [ 1 ] [ ] [ 2 3 ] [ 1 ] ];

  testDrop.expr = [ (lib.drop 2 [ 1 2 3 ]) (lib.drop 9 [ 1 ]) (lib.dropEnd 2 [ 1 2 3 ]) (lib.dropEnd 9 [ 1 ]) ];
  testDrop.expected = [ [ 3 ] [ ] [ 1 ] [ ] ];

  testPrefixes.expr = [ (lib.lists.hasPrefix [ 1 2 ] [ 1 2 3 ]) (lib.lists.hasPrefix [ 0 ] [ 1 ]) (lib.lists.removePrefix [ 1 ] [ 1 2 ]) (lib.lists.commonPrefix [ 1 2 3 ] [ 1 2 4 8 ]) (lib.lists.commonPrefix [ 1 ] [ 1 2 ]) ];
  testPrefixes.expected = [ true false [ 2 ] [ 1 2 ] [ 1 ] ];
  testRemovePrefixWrong.expr = lib.lists.removePrefix [ 0 ] [ 1 2 ];
  testRemovePrefixWrong.expectedError = true;

  testSublist.expr = [ (lib.sublist 1 3 [ "a" "b" "c" "d" "e" ]) (lib.sublist 1 3 [ ]) (lib.sublist 4 3 [ 1 2 3 4 5 ]) ];
  testSublist.expected = [ [ "b" "c" "d" ] [ ] [ 5 ] ];

  testLastInit.expr = [ (lib.last [ 1 2 3 ]) (lib.init [ 1 2 3 ]) ];
  testLastInit.expected = [ 3 [ 1 2 ] ];
  testLastEmpty.expr = lib.last [ ];
  testLastEmpty.expectedError = true;
  testInitEmpty.expr = lib.init [ ];
  testInitEmpty.expectedError = true;

  testCrossLists.expr = lib.crossLists (x: y: "${toString x}${toString y}") [ [ 1 2 ] [ 3 4 ] ];
  testCrossLists.expected = [ "13" "14" "23" "24" ];

  testUnique.expr = [ (lib.unique [ 3 2 3 4 ]) (lib.uniqueStrings [ "foo" "bar" "foo" ]) (lib.allUnique [ 1 2 ]) (lib.allUnique [ 1 1 ]) ];
  testUnique.expected = [ [ 3 2 4 ] [ "bar" "foo" ] true false ];

  testSetOperations.expr = [ (lib.intersectLists [ 1 2 3 ] [ 6 3 2 ]) (lib.subtractLists [ 3 2 ] [ 1 2 3 4 5 3 ]) (lib.mutuallyExclusive [ 1 2 ] [ 3 ]) (lib.mutuallyExclusive [ 1 2 ] [ 2 ]) ];
  testSetOperations.expected = [ [ 3 2 ] [ 1 4 5 ] true false ];

  testConcatAttrValues.expr = lib.lists.concatAttrValues { a = [ 1 2 ]; b = [ 3 ]; };
  testConcatAttrValues.expected = [ 1 2 3 ];
}
