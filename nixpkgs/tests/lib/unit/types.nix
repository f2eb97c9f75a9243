{ lib }:
let
  inherit (lib) types;
  # Which of the values a type accepts.
  accepts = type: values: map type.check values;
  merge = type: values: (lib.mergeDefinitions [ "x" ] type (map (value: { inherit value; file = "f"; }) values)).mergedValue;
in
{
  testDescriptions.expr = lib.mapAttrs (_: t: t.description) (
    with types;
    {
      inherit anything attrs bool commas envVar float int lines nonEmptyStr number optionType package path pathInStore port raw shellPackage singleLineStr str unspecified luaInline externalPath deferredModule;
      u8 = ints.u8;
      s8 = ints.s8;
      positive = ints.positive;
      unsigned = ints.unsigned;
      between = ints.between 1 5;
      floatBetween = numbers.between 0 1.5;
      nonnegative = numbers.nonnegative;
      matching = strMatching "[a-z]+";
      listOfInt = listOf int;
      listOfListOf = listOf (listOf int);
      nonEmpty = nonEmptyListOf str;
      attrsOfNull = attrsOf (nullOr str);
      lazy = lazyAttrsOf str;
      nullOrList = nullOr (listOf str);
      enum0 = enum [ ];
      enum1 = enum [ "a" ];
      enum2 = enum [ "a" 1 true ];
      either' = either str (listOf str);
      one = oneOf [ int str bool ];
      listOfEither = listOf (either str int);
      coerced = coercedTo int toString str;
      coercedList = coercedTo str (x: [ x ]) (listOf str);
      fn = functionTo (listOf str);
      uniqStr = uniq str;
      sub = submodule { };
      listOfSub = listOf (submodule { });
      open = submodule { freeformType = attrsOf int; };
      named = submoduleWith { modules = [ ]; description = "my thing"; };
      passwd = passwdEntry str;
      tag = attrTag { a = lib.mkOption { type = int; }; };
      nullPositive = nullOr ints.positive;
      eitherPositive = either ints.positive (enum [ "x" ]);
    }
  );
  testDescriptions.expected = {
    anything = "anything";
    attrs = "attribute set";
    bool = "boolean";
    commas = ''strings concatenated with ","'';
    envVar = ''strings concatenated with ":"'';
    float = "floating point number";
    int = "signed integer";
    lines = ''strings concatenated with "\n"'';
    nonEmptyStr = "non-empty string";
    number = "signed integer or floating point number";
    optionType = "optionType";
    package = "package";
    path = "absolute path";
    pathInStore = "path in the Nix store";
    externalPath = "absolute path not in the Nix store";
    port = "16 bit unsigned integer; between 0 and 65535 (both inclusive)";
    raw = "raw value";
    shellPackage = "package that is a shell";
    singleLineStr = "(optionally newline-terminated) single-line string";
    str = "string";
    unspecified = "unspecified value";
    luaInline = "inline lua";
    deferredModule = "module";
    u8 = "8 bit unsigned integer; between 0 and 255 (both inclusive)";
    s8 = "8 bit signed integer; between -128 and 127 (both inclusive)";
    positive = "positive integer, meaning >0";
    unsigned = "unsigned integer, meaning >=0";
    between = "integer between 1 and 5 (both inclusive)";
    floatBetween = "integer or floating point number between 0 and 1.500000 (both inclusive)";
    nonnegative = "nonnegative integer or floating point number, meaning >=0";
    matching = "string matching the pattern [a-z]+";
    listOfInt = "list of signed integer";
    listOfListOf = "list of list of signed integer";
    nonEmpty = "non-empty (list of string)";
    attrsOfNull = "attribute set of (null or string)";
    lazy = "lazy attribute set of string";
    nullOrList = "null or (list of string)";
    enum0 = "impossible (empty enum)";
    enum1 = ''value "a" (singular enum)'';
    enum2 = ''one of "a", 1, true'';
    either' = "string or list of string";
    one = "signed integer or string or boolean";
    listOfEither = "list of (string or signed integer)";
    coerced = "string or signed integer convertible to it";
    coercedList = "(list of string) or string convertible to it";
    fn = "function that evaluates to a(n) list of string";
    uniqStr = "string";
    sub = "submodule";
    listOfSub = "list of (submodule)";
    open = "open submodule of attribute set of signed integer";
    named = "my thing";
    passwd = "string, not containing newlines or colons";
    tag = "attribute-tagged union";
    nullPositive = "null or (positive integer, meaning >0)";
    eitherPositive = ''positive integer, meaning >0, or value "x" (singular enum)'';
  };

  testScalars.expr = [
    (accepts types.bool [ true 1 "true" null ])
    (accepts types.int [ 1 1.0 "1" ])
    (accepts types.float [ 1 1.0 ])
    (accepts types.number [ 1 1.0 "1" ])
    (accepts types.str [ "" 1 ./. ])
    (accepts types.nonEmptyStr [ "" " \t\n" "x" ])
    (accepts types.singleLineStr [ "a" "a\n" "a\nb" ])
    (accepts (types.strMatching "[a-z]+") [ "abc" "a1" 1 ])
    (accepts types.port [ 0 65535 65536 (-1) "80" ])
    (accepts types.ints.positive [ 1 0 ])
    (accepts types.ints.unsigned [ 1 0 (-1) ])
    (accepts types.ints.s8 [ 127 128 (-128) (-129) ])
    (accepts (types.ints.between 2 4) [ 1 2 4 5 "3" ])
    (accepts types.numbers.positive [ 0.1 0 ])
    (accepts (types.passwdEntry types.str) [ "a b" "a:b" "a\nb" ])
    (accepts types.anything [ 1 { } (x: x) ])
    (accepts types.attrs [ { } [ ] ])
  ];
  testScalars.expected = [
    [ true false false false ]
    [ true false false ]
    [ false true ]
    [ true true false ]
    [ true false false ]
    [ false false true ]
    [ true true false ]
    [ true false false ]
    [ true true false false false ]
    [ true false ]
    [ true true false ]
    [ true false true false ]
    [ false true true false false ]
    [ true false ]
    [ true false false ]
    [ true true true ]
    [ true false ]
  ];

  testPaths.expr =
    let
      store = "${builtins.storeDir}/0lz9p8xhf89kb1c1kk6jxrzskaiygnlh-bash-5.2.drv";
    in
    [
      (accepts types.path [ "/a" "a" ./. 1 { outPath = "/x"; } ])
      (accepts types.pathInStore [ store "${store}/x" builtins.storeDir "${builtins.storeDir}/" "${builtins.storeDir}/.links" "/a" ])
      (accepts types.externalPath [ store "/a" "a" ])
      (accepts (types.pathWith { absolute = false; }) [ "/a" "a" ])
      (accepts types.package [ { type = "derivation"; } "x" store ])
    ];
  testPaths.expected = [
    [ true false true false true ]
    [ true true false false false false ]
    [ false true false ]
    [ false true ]
    [ true false true ]
  ];

  testComposed.expr = [
    (accepts (types.enum [ "a" 1 null ]) [ "a" 1 null "b" ])
    (accepts (types.nullOr types.int) [ null 1 "x" ])
    (accepts (types.either types.int types.str) [ 1 "x" true ])
    (accepts (types.oneOf [ types.int types.str types.bool ]) [ 1 "x" true null ])
    (accepts (types.listOf types.int) [ [ ] [ "x" ] { } ])
    (accepts (types.nonEmptyListOf types.int) [ [ ] [ 1 ] ])
    (accepts (types.attrsOf types.int) [ { } { a = "x"; } [ ] ])
    (accepts (types.coercedTo types.int toString types.str) [ 1 "x" true ])
    (accepts (types.functionTo types.str) [ (x: x) { __functor = _: x: x; } "x" ])
    (accepts (types.submodule { }) [ { } (x: x) ./. 1 "x" ])
    (accepts (types.attrTag { a = lib.mkOption { type = types.int; }; b = lib.mkOption { type = types.int; }; }) [ { a = 1; } { a = 1; b = 2; } { c = 1; } { } ])
    (accepts (types.addCheck types.int (x: x > 2)) [ 3 1 "x" ])
    (accepts types.optionType [ types.int { } ])
  ];
  testComposed.expected = [
    [ true true true false ]
    [ true true false ]
    [ true true false ]
    [ true true true false ]
    [ true true false ]
    [ false true ]
    [ true true false ]
    [ true true false ]
    [ true true false ]
    [ true true true false false ]
    [ true false false false ]
    [ true false false ]
    [ true false ]
  ];

  testMerge.expr = [
    (merge types.str [ "a" "a" ])
    (merge types.lines [ "a" "b" ])
    (merge types.commas [ "a" "b" ])
    (merge types.envVar [ "a" "b" ])
    (merge (types.separatedString " ") [ "a" "b" ])
    (merge types.boolByOr [ false true ])
    (merge (types.listOf types.int) [ [ 1 ] [ 2 3 ] ])
    (merge (types.attrsOf types.int) [ { a = 1; } { b = 2; } ])
    (merge (types.attrsOf (types.listOf types.int)) [ { a = [ 1 ]; } { a = [ 2 ]; } ])
    (merge types.attrs [ { a = 1; b = 1; } { b = 2; } ])
    (merge (types.nullOr types.lines) [ "a" "b" ])
    (merge (types.nullOr types.int) [ null null ])
    (merge (types.either types.lines (types.listOf types.str)) [ [ "a" ] [ "b" ] ])
    (merge (types.coercedTo types.str lib.toList (types.listOf types.str)) [ "a" [ "b" ] ])
    ((merge (types.functionTo types.lines) [ (x: x + "1") (x: x + "2") ]) "v")
    (merge types.singleLineStr [ "a\n" ])
    (merge (types.attrTag { a = lib.mkOption { type = types.lines; }; }) [ { a = "x"; } { a = "y"; } ])
    (merge types.unspecified [ [ 1 ] [ 2 ] ])
    (merge types.unspecified [ { a = 1; } { b = 2; } ])
  ];
  testMerge.expected = [
    "a"
    "a\nb"
    "a,b"
    "a:b"
    "a b"
    true
    [ 1 2 3 ]
    { a = 1; b = 2; }
    { a = [ 1 2 ]; }
    { a = 1; b = 2; }
    "a\nb"
    null
    [ "a" "b" ]
    [ "a" "b" ]
    "v1\nv2"
    "a"
    { a = "x\ny"; }
    [ 1 2 ]
    { a = 1; b = 2; }
  ];

  testMergeConflict.expr = merge types.str [ "a" "b" ];
  testMergeConflict.expectedError = true;
  testMergeNullConflict.expr = merge (types.nullOr types.str) [ null "b" ];
  testMergeNullConflict.expectedError = true;
  testMergeUniq.expr = merge (types.uniq types.lines) [ "a" "a" ];
  testMergeUniq.expectedError = true;
  testMergeRaw.expr = merge types.raw [ 1 1 ];
  testMergeRaw.expectedError = true;
  testMergeTagConflict.expr = merge (types.attrTag { a = lib.mkOption { type = types.str; }; b = lib.mkOption { type = types.str; }; }) [ { a = "x"; } { b = "y"; } ];
  testMergeTagConflict.expectedError = true;
  testMergeElement.expr = merge (types.listOf types.int) [ [ 1 "x" ] ];
  testMergeElement.expectedError = true;

  testAnything.expr = [
    (merge types.anything [ { a.b = 1; } { a.c = 2; } ])
    (merge types.anything [ [ 1 ] ])
    (merge types.anything [ 1 1 ])
    ((merge types.anything [ (x: { a = x; }) (x: { b = x; }) ]) 1)
    (merge types.anything [ { a = lib.mkIf false 1; b = lib.mkDefault 1; } { b = 2; } ])
  ];
  testAnything.expected = [ { a = { b = 1; c = 2; }; } [ 1 ] 1 { a = 1; b = 1; } { b = 2; } ];
  testAnythingConflict.expr = merge types.anything [ { a = 1; } { a = 2; } ];
  testAnythingConflict.expectedError = true;
  testAnythingLists.expr = merge types.anything [ [ 1 ] [ 2 ] ];
  testAnythingLists.expectedError = true;

  testProperties.expr = [
    (merge (types.listOf types.int) [ [ 1 (lib.mkIf false 2) (lib.mkIf true 3) ] ])
    (merge (types.listOf types.int) [ (lib.mkAfter [ 1 ]) [ 2 ] (lib.mkBefore [ 3 ]) ])
    (merge (types.attrsOf types.int) [ { a = lib.mkIf false 1; b = lib.mkForce 2; } { b = 3; } ])
    (merge types.int [ (lib.mkDefault 1) 2 ])
    (merge types.int [ 1 (lib.mkForce 2) (lib.mkOverride 40 3) ])
    (merge types.int [ (lib.mkMerge [ (lib.mkIf false 1) 2 ]) ])
    (merge types.str [ (lib.mkIf true (lib.mkMerge [ "a" (lib.mkIf false "b") ])) ])
    (merge (types.lazyAttrsOf (types.nullOr types.int)) [ { a = lib.mkIf false 1; } ])
  ];
  testProperties.expected = [ [ 1 3 ] [ 3 2 1 ] { b = 2; } 2 3 2 "a" { a = null; } ];

  # A user's own merge function must be called although the type it is put on
  # leaves single values alone.
  testOwnMerge.expr = merge (types.str // { merge = loc: defs: "mine"; }) [ "x" ];
  testOwnMerge.expected = "mine";

  testLaziness.expr = [
    (lib.length (merge (types.listOf types.anything) [ [ { a = throw "no"; } ] ]))
    (lib.attrNames (merge (types.lazyAttrsOf types.int) [ { a = throw "no"; } ]))
    (lib.attrNames (merge (types.attrsOf types.attrs) [ { a = { x = throw "no"; }; } ]))
  ];
  testLaziness.expected = [ 1 [ "a" ] [ "a" ] ];

  testTypeMerge.expr =
    let
      join = a: b: let t = a.typeMerge b.functor; in if t == null then null else t.description;
      tag = name: types.attrTag { ${name} = lib.mkOption { type = types.int; }; };
    in
    with types;
    [
      (join str str)
      (join str int)
      (join (enum [ "a" ]) (enum [ "b" ]))
      (join (listOf (enum [ "a" ])) (listOf (enum [ "b" ])))
      (join (listOf str) (attrsOf str))
      (join (attrsOf str) (lazyAttrsOf str))
      (join (nullOr str) (nullOr str))
      (join (either int str) (either int str))
      (join (either int str) (either int bool))
      (join (separatedString ",") (separatedString ":"))
      (join lines lines)
      (join (submodule { }) (submodule { }))
      (join (strMatching "a") (strMatching "b"))
      (join (ints.between 1 2) (ints.between 1 2))
      (join (coercedTo int toString str) (coercedTo int toString str))
      (lib.attrNames ((tag "a").typeMerge (tag "b").functor).nestedTypes)
    ];
  testTypeMerge.expected = [
    "string"
    null
    ''one of "a", "b"''
    ''list of (one of "a", "b")''
    null
    null
    "null or string"
    "signed integer or string"
    null
    null
    ''strings concatenated with "\n"''
    "submodule"
    null
    "signed integer"
    null
    [ "a" "b" ]
  ];

  testOptionType.expr = [ (lib.isOptionType types.str) (lib.isOption (lib.mkOption { })) (lib.isOption { }) (lib.isType "x" { _type = "x"; }) (lib.setType "x" { a = 1; }) ];
  testOptionType.expected = [ true true false true { _type = "x"; a = 1; } ];
}
