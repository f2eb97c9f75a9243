{ lib }:
let
  inherit (lib) fileset path;
  dir = ../files;
  relative = map (p: lib.removePrefix (toString dir + "/") (toString p));
  names = set: relative (fileset.toList set);
  # The paths that a filtered source lets through.
  kept =
    source:
    let
      walk =
        at: lib.concatMap (
          name:
          let
            p = at + "/${name}";
            type = (builtins.readDir at).${name};
          in
          if !(source.filter (toString p) type) then
            [ ]
          else if type == "directory" then
            walk p
          else
            [ p ]
        ) (builtins.attrNames (builtins.readDir at));
    in
    relative (walk source.origSrc);
in
{
  testPathAppend.expr = map toString [ (path.append /foo "bar/baz") (path.append /foo ".") ];
  testPathAppend.expected = [ "/foo/bar/baz" "/foo" ];
  testPathAppendInvalid.expr = path.append /foo "../bar";
  testPathAppendInvalid.expectedError = true;
  testPathAppendString.expr = path.append "/foo" "bar";
  testPathAppendString.expectedError = true;

  testPathHasPrefix.expr = [ (path.hasPrefix /foo /foo/bar) (path.hasPrefix /foo /foo) (path.hasPrefix /foo/bar /foo) (path.hasPrefix /. /foo) (path.hasPrefix /fo /foo) ];
  testPathHasPrefix.expected = [ true true false true false ];

  testPathRemovePrefix.expr = [ (path.removePrefix /foo /foo/bar/baz) (path.removePrefix /foo /foo) (path.removePrefix /. /foo) ];
  testPathRemovePrefix.expected = [ "./bar/baz" "./." "./foo" ];
  testPathRemovePrefixWrong.expr = path.removePrefix /foo /bar;
  testPathRemovePrefixWrong.expectedError = true;

  testSplitRoot.expr = let r = path.splitRoot /foo/bar; in [ (toString r.root) r.subpath ];
  testSplitRoot.expected = [ "/" "./foo/bar" ];

  testHasStorePathPrefix.expr = map path.hasStorePathPrefix [ (/. + "${builtins.storeDir}/nvl9ic0pj1fpyln3zaqrf4cclbqdfn1j-foo/bar/baz") (/. + "${builtins.storeDir}/.links/x") (/. + builtins.storeDir) /home ];
  testHasStorePathPrefix.expected = [ true false false false ];

  testSubpathIsValid.expr = map path.subpath.isValid [ "foo" "./foo" "" "/foo" "../foo" "foo/.." ".." "..foo" "." 1 null ];
  testSubpathIsValid.expected = [ true true false false false false false true true false false ];

  testSubpathJoin.expr = [ (path.subpath.join [ "foo" "bar/baz" ]) (path.subpath.join [ "./foo" "." "bar//./baz/" ]) (path.subpath.join [ ]) ];
  testSubpathJoin.expected = [ "./foo/bar/baz" "./foo/bar/baz" "./." ];
  testSubpathJoinInvalid.expr = path.subpath.join [ "foo" "../bar" ];
  testSubpathJoinInvalid.expectedError = true;

  testSubpathNormalise.expr = [ (path.subpath.normalise "foo//bar/./") (path.subpath.normalise ".") (path.subpath.components "./foo//bar") (path.subpath.components ".") ];
  testSubpathNormalise.expected = [ "./foo/bar" "./." [ "foo" "bar" ] [ ] ];

  testPathType.expr = [ (lib.pathType dir) (lib.pathType (dir + "/data.json")) (lib.pathIsDirectory dir) (lib.pathIsDirectory (dir + "/none")) (lib.pathIsRegularFile (dir + "/data.json")) (lib.pathIsRegularFile (dir + "/none")) ];
  testPathType.expected = [ "directory" "regular" true false true false ];

  testListFilesRecursive.expr = relative (lib.listFilesRecursive dir);
  testListFilesRecursive.expected = [ "a/b/two.nix" "a/one.txt" "data.json" "data.toml" "list.txt" ];

  testLocateDominatingFile.expr =
    let
      found = lib.locateDominatingFile "data\\.(json|toml)" (dir + "/a/b/two.nix");
    in
    [ (found.path == dir) found.matches ];
  testLocateDominatingFile.expected = [ true [ [ "json" ] [ "toml" ] ] ];

  testPackagesFromDirectory.expr = lib.packagesFromDirectoryRecursive { callPackage = p: _: baseNameOf p; directory = dir + "/a"; };
  testPackagesFromDirectory.expected = { recurseForDerivations = true; b = { recurseForDerivations = true; two = "two.nix"; }; };

  testReadPaths.expr = relative (lib.readPathsFromFile dir (dir + "/list.txt"));
  testReadPaths.expected = [ "x" "y/z" ];

  testFileContents.expr = lib.fileContents (dir + "/a/one.txt");
  testFileContents.expected = "one";

  testImportData.expr = [ (lib.importJSON (dir + "/data.json")) (lib.importTOML (dir + "/data.toml")) ];
  testImportData.expected = [ { k = [ 1 2 ]; } { k = 1; } ];

  testFilesetPath.expr = [ (names (dir + "/a")) (names (dir + "/data.json")) ];
  testFilesetPath.expected = [ [ "a/b/two.nix" "a/one.txt" ] [ "data.json" ] ];

  testFilesetUnion.expr = [
    (names (fileset.union (dir + "/a/b") (dir + "/data.json")))
    (names (fileset.unions [ (dir + "/data.json") (dir + "/data.json") (dir + "/data.toml") ]))
    (names (fileset.unions [ ]))
    (names (fileset.union dir (dir + "/a"))  == names dir)
  ];
  testFilesetUnion.expected = [ [ "a/b/two.nix" "data.json" ] [ "data.json" "data.toml" ] [ ] true ];

  testFilesetDifference.expr = [ (names (fileset.difference dir (dir + "/a"))) (names (fileset.difference (dir + "/a") dir)) (names (fileset.difference (dir + "/a") (dir + "/a/b/two.nix"))) ];
  testFilesetDifference.expected = [ [ "data.json" "data.toml" "list.txt" ] [ ] [ "a/one.txt" ] ];

  testFilesetIntersection.expr = [ (names (fileset.intersection dir (dir + "/a"))) (names (fileset.intersection (dir + "/a") (dir + "/data.json"))) (names (fileset.intersection (dir + "/data.json") (dir + "/data.json"))) ];
  testFilesetIntersection.expected = [ [ "a/b/two.nix" "a/one.txt" ] [ ] [ "data.json" ] ];

  testFilesetFilter.expr = [ (names (fileset.fileFilter (f: f.hasExt "nix") dir)) (names (fileset.fileFilter (f: f.name == "one.txt" && f.type == "regular") (dir + "/a"))) ];
  testFilesetFilter.expected = [ [ "a/b/two.nix" ] [ "a/one.txt" ] ];

  testFilesetMaybeMissing.expr = names (fileset.maybeMissing (dir + "/none"));
  testFilesetMaybeMissing.expected = [ ];
  testFilesetMissing.expr = names (dir + "/none");
  testFilesetMissing.expectedError = true;
  testFilesetString.expr = names (toString dir);
  testFilesetString.expectedError = true;
  testFilesetAsString.expr = "${fileset.union dir dir}";
  testFilesetAsString.expectedError = true;

  testFilesetToSource.expr = kept (fileset.toSource { root = dir; fileset = fileset.unions [ (dir + "/data.json") (dir + "/a/b") ]; });
  testFilesetToSource.expected = [ "a/b/two.nix" "data.json" ];
  testFilesetToSourceOutside.expr = fileset.toSource { root = dir + "/a"; fileset = dir + "/data.json"; };
  testFilesetToSourceOutside.expectedError = true;
  testFilesetToSourceFileRoot.expr = fileset.toSource { root = dir + "/data.json"; fileset = dir + "/data.json"; };
  testFilesetToSourceFileRoot.expectedError = true;

  testFilesetFromSource.expr = names (fileset.fromSource (lib.sourceFilesBySuffices dir [ ".json" ".nix" ]));
  testFilesetFromSource.expected = [ "a/b/two.nix" "data.json" ];

  testSourceByRegex.expr = kept (lib.sourceByRegex dir [ "a" "a/.*" "data\\.json" ]);
  testSourceByRegex.expected = [ "a/b/two.nix" "a/one.txt" "data.json" ];

  testCleanSourceFilter.expr = map (x: lib.cleanSourceFilter "/x/${x.n}" x.t) [
    { n = ".git"; t = "directory"; }
    { n = "file~"; t = "regular"; }
    { n = ".x.swp"; t = "regular"; }
    { n = "result-bin"; t = "symlink"; }
    { n = "result"; t = "directory"; }
    { n = "a.o"; t = "regular"; }
    { n = "sock"; t = "unknown"; }
    { n = "main.go"; t = "regular"; }
  ];
  testCleanSourceFilter.expected = [ false false false false true false false true ];

  testCleanSourceWithNested.expr =
    let
      inner = lib.cleanSourceWith { src = dir; filter = p: _: !(lib.hasSuffix ".toml" p); name = "x"; };
    in
    [ (kept (lib.cleanSourceWith { src = inner; filter = p: _: !(lib.hasSuffix ".json" p); })) (lib.cleanSourceWith { src = inner; }).name (lib.canCleanSource inner) ];
  testCleanSourceWithNested.expected = [ [ "a/b/two.nix" "a/one.txt" "list.txt" ] "x" true ];

  testRepoRevToName.expr = [ (lib.sources.shortRev "0123456789abcdef") (lib.sources.urlToName "https://example.org/foo.git") (lib.sources.repoRevToName "full" "https://x.org/foo.git" "abc" null) (lib.sources.repoRevToName "source" "x" "y" "z") ];
  testRepoRevToName.expected = [ "0123456" "foo" "foo-abc-source" "source" ];
}
