# Looking at values while an evaluation runs, and testing expressions.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    deepSeq
    elem
    isAttrs
    isFunction
    isList
    mapAttrs
    trace
    ;

  # Replaces what is deeper than n levels by a short sign.
  shallow =
    n: v:
    let
      cut = x: if isAttrs x && x != { } then { "…" = "…"; } else if isList x && x != [ ] then [ "…" ] else x;
    in
    if isFunction v then
      v
    else if n == 0 then
      cut v
    else if isList v then
      map (shallow (n - 1)) v
    else if lib.isDerivation v then
      "<derivation ${v.name}>"
    else if isAttrs v then
      mapAttrs (_: shallow (n - 1)) v
    else
      v;
in
rec {
  # traceIf :: bool -> string -> a -> a
  traceIf = cond: message: v: if cond then trace message v else v;

  # traceValFn :: (a -> b) -> a -> a
  # Prints what the function makes of the value.
  traceValFn = f: v: trace (f v) v;
  traceVal = traceValFn (v: v);

  # traceSeq :: a -> b -> b
  # Prints the first value, fully evaluated.
  traceSeq = v: result: trace (deepSeq v v) result;

  # traceSeqN :: depth -> a -> b -> b
  traceSeqN =
    depth: v: result:
    let
      shown = lib.generators.toPretty { multiline = false; } (shallow depth v);
    in
    trace (deepSeq shown shown) result;

  # traceValSeqFn, traceValSeq :: prints and returns a value, fully evaluated
  traceValSeqFn = f: v: traceValFn f (deepSeq v v);
  traceValSeq = traceValSeqFn (v: v);

  # traceValSeqNFn, traceValSeqN :: the same to a depth
  traceValSeqNFn = f: depth: v: traceSeqN depth (f v) v;
  traceValSeqN = traceValSeqNFn (v: v);

  # traceFnSeqN :: depth -> name -> (a -> b) -> a -> b
  # Prints argument and result of a function.
  traceFnSeqN =
    depth: name: f: arg:
    let
      result = f arg;
    in
    traceSeqN (depth + 1) {
      fn = name;
      from = arg;
      to = result;
    } result;

  # runTests :: { testName = { expr; expected | expectedError }; tests ? [ name ]; } -> [ failure ]
  # Only attributes that begin with "test" are tests; an empty list means success.
  runTests =
    tests:
    let
      selected = tests.tests or (builtins.filter (lib.hasPrefix "test") (attrNames tests));
      run =
        name:
        let
          test = tests.${name};
          evaluated = builtins.tryEval (deepSeq test.expr test.expr);
          failure = result: {
            inherit name result;
            expected = test.expected or "an error";
          };
        in
        if test ? expectedError then
          (if evaluated.success then [ (failure evaluated.value) ] else [ ])
        else if test.expr != test.expected then
          [ (failure test.expr) ]
        else
          [ ];
    in
    concatMap (name: if elem name selected then run name else [ ]) (attrNames (removeAttrs tests [ "tests" ]));

  # throwTestFailures :: { failures; description ? "tests"; } -> null
  throwTestFailures =
    {
      failures,
      description ? "tests",
      ...
    }:
    if failures == [ ] then
      null
    else
      throw "${toString (builtins.length failures)} ${description} failed:\n${
        lib.concatMapStringsSep "\n" (
          f: "- ${f.name}: expected ${lib.generators.toPretty { } f.expected}, but got ${lib.generators.toPretty { } f.result}"
        ) failures
      }";

  # testAllTrue :: [ bool ] -> test
  testAllTrue = expr: {
    inherit expr;
    expected = map (_: true) expr;
  };
}
