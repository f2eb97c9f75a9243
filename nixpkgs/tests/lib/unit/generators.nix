{ lib }:
let
  inherit (lib) generators;
in
{
  testMkValueStringDefault.expr = map (generators.mkValueStringDefault { }) [ 42 true false null ''fo"o'' 1.5 { type = "derivation"; outPath = "/x"; } ];
  testMkValueStringDefault.expected = [ "42" "true" "false" "null" ''fo"o'' "1.500000" "/x" ];
  testMkValueStringDefaultList.expr = generators.mkValueStringDefault { } [ 1 ];
  testMkValueStringDefaultList.expectedError = true;
  testMkValueStringDefaultSet.expr = generators.mkValueStringDefault { } { a = 1; };
  testMkValueStringDefaultSet.expectedError = true;

  testMkKeyValueDefault.expr = generators.mkKeyValueDefault { } ":" "f:oo" "bar";
  testMkKeyValueDefault.expected = "f\\:oo:bar";

  testToKeyValue.expr = generators.toKeyValue { } { key = "value"; "other=key" = "baz"; };
  testToKeyValue.expected = "key=value\nother\\=key=baz\n";

  testToKeyValueLists.expr = generators.toKeyValue { listsAsDuplicateKeys = true; indent = "  "; } { key = [ 1 2 ]; e = [ ]; };
  testToKeyValueLists.expected = "  key=1\n  key=2\n";

  testToINI.expr = generators.toINI { } { "bar [self-explanatory]" = { x = 1; }; foo = { }; zap.y = true; };
  testToINI.expected = "[bar \\[self-explanatory\\]]\nx=1\n\n[foo]\n\n[zap]\ny=true\n";

  testToINIEmpty.expr = generators.toINI { } { };
  testToINIEmpty.expected = "";

  testToINIWithGlobalSection.expr = [
    (generators.toINIWithGlobalSection { } { globalSection.x = 1; sections.foo.y = 2; })
    (generators.toINIWithGlobalSection { } { sections.foo.y = 2; })
    (generators.toINIWithGlobalSection { listsAsDuplicateKeys = true; } { globalSection.x = [ 1 2 ]; })
  ];
  testToINIWithGlobalSection.expected = [ "x=1\n\n[foo]\ny=2\n" "[foo]\ny=2\n" "x=1\nx=2\n\n" ];

  testToGitINI.expr = generators.toGitINI {
    user = { email = "user@example.org"; signing = null; };
    url."ssh://git@github.com/".insteadOf = [ "https://github.com" "gh:" ];
    extra = { boolean = true; number = 38; };
  };
  testToGitINI.expected = ''
    [extra]
    ${"\t"}boolean = true
    ${"\t"}number = 38

    [url "ssh://git@github.com/"]
    ${"\t"}insteadOf = "https://github.com"
    ${"\t"}insteadOf = "gh:"

    [user]
    ${"\t"}email = "user@example.org"
    ${"\t"}signing = null
  '';

  testToPretty.expr = builtins.mapAttrs (_: generators.toPretty { multiline = false; }) rec {
    int = 42;
    float = 0.1337;
    bool = true;
    emptystring = "";
    string = ''fn''${o}"r\d'';
    newlinestring = "\n";
    path = /. + "foo";
    null_ = null;
    function = x: x;
    functionArgs = { arg ? 4, foo }: arg;
    list = [ 3 4 function [ false ] ];
    emptylist = [ ];
    attrs = { foo = null; "foo b/ar" = "baz"; };
    emptyattrs = { };
    drv = { type = "derivation"; name = "test"; };
  };
  testToPretty.expected = {
    int = "42";
    float = "~0.133700";
    bool = "true";
    emptystring = ''""'';
    string = ''"fn\''${o}\"r\\d"'';
    newlinestring = ''"\n"'';
    path = "/foo";
    null_ = "null";
    function = "<function>";
    functionArgs = "<function, args: {arg?, foo}>";
    list = "[ 3 4 <function> [ false ] ]";
    emptylist = "[ ]";
    attrs = "{ foo = null; \"foo b/ar\" = \"baz\"; }";
    emptyattrs = "{ }";
    drv = "<derivation test>";
  };

  testToPrettyMultiline.expr = generators.toPretty { } { a = [ 1 { b = "x\ny\n"; } ]; };
  testToPrettyMultiline.expected = "{\n  a = [\n    1\n    {\n      b = ''\n        x\n        y\n      '';\n    }\n  ];\n}";

  testToPrettyAllowed.expr = generators.toPretty { allowPrettyValues = true; } { __pretty = v: "«${v}»"; val = "x"; };
  testToPrettyAllowed.expected = "«x»";

  testWithRecursion.expr =
    let
      a.b = 1;
      a.c = a;
    in
    generators.toPretty { } (generators.withRecursion { throwOnDepthLimit = false; depthLimit = 1; } a);
  testWithRecursion.expected = "{\n  b = 1;\n  c = {\n    b = \"<unevaluated>\";\n    c = {\n      \"<unevaluated>\" = \"<unevaluated>\";\n    };\n  };\n}";
  testWithRecursionThrows.expr =
    let
      a.a = a;
    in
    generators.withRecursion { depthLimit = 3; } a;
  testWithRecursionThrows.expectedError = true;

  testToJSON.expr = [ (generators.toJSON { } { a = 1; }) (generators.toYAML { } [ 1 ]) ];
  testToJSON.expected = [ ''{"a":1}'' "[1]" ];

  testToLua.expr = [
    (generators.toLua { } null)
    (generators.toLua { } true)
    (generators.toLua { } 13.5)
    (generators.toLua { } ''foo"bar'')
    (generators.toLua { } (generators.mkLuaInline "foo()"))
    (generators.toLua { multiline = false; } { a = [ 1 ]; "b c" = { }; })
    (generators.toLua { } [ 1 ])
    (generators.toLua { asBindings = true; } { x = 1; y = [ ]; })
  ];
  testToLua.expected = [ "nil" "true" "13.5" ''"foo\"bar"'' "(foo())" ''{ ["a"] = { 1 }, ["b c"] = {} }'' "{\n  1\n}" "x = 1\ny = {}\n" ];

  testToDhall.expr = generators.toDhall { } { a = 1; b = [ true ]; c = -2; d = "x"; };
  testToDhall.expected = ''{ a = +1, b = [ True ], c = -2, d = "x" }'';

  testToPlist.expr = generators.toPlist { escape = true; } { a = "<"; b = null; c = [ 1 ]; };
  testToPlist.expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n\t<key>a</key>\n\t<string>&lt;</string>\n\t<key>c</key>\n\t<array>\n\t\t<integer>1</integer>\n\t</array>\n</dict>\n</plist>";

  testToDconfINI.expr = generators.toDconfINI {
    a = {
      b = "it's";
      c = lib.gvariant.mkInt32 3;
      d = [ "a" ];
      e = lib.gvariant.mkTuple [ "x" true ];
      f = lib.gvariant.mkVariant "x";
      g = lib.gvariant.mkEmptyArray lib.gvariant.type.string;
      h = lib.gvariant.mkUint32 7;
      i = lib.gvariant.mkNothing lib.gvariant.type.string;
    };
  };
  testToDconfINI.expected = "[a]\nb='it\\'s'\nc=3\nd=@as ['a']\ne=@(sb) ('x',true)\nf=<'x'>\ng=@as []\nh=@u 7\ni=@ms nothing\n";

  testToGNUCommandLine.expr = lib.toGNUCommandLine { } { data = "{\"id\":0}"; X = "PUT"; retry = 3; retry-delay = null; url = [ "https://example.com/foo" "https://example.com/bar" ]; silent = false; verbose = true; };
  testToGNUCommandLine.expected = [ "-X" "PUT" "--data" "{\"id\":0}" "--retry" "3" "--url" "https://example.com/foo" "--url" "https://example.com/bar" "--verbose" ];

  testToGNUCommandLineShell.expr = lib.toGNUCommandLineShell { optionValueSeparator = "="; } { data = "a b"; v = true; };
  testToGNUCommandLineShell.expected = "'--data=a b' -v";

  testToCommandLineGNU.expr = lib.cli.toCommandLineGNU { } { v = true; verbose = [ true true ]; i = ".bak"; testsuite = [ "unit" "integration" ]; e = [ "s/a/b/" "s/b/c/" ]; n = false; data = "x"; };
  testToCommandLineGNU.expected = [ "--data=x" "-es/a/b/" "-es/b/c/" "-i.bak" "--testsuite=unit" "--testsuite=integration" "-v" "--verbose" "--verbose" ];
}
