# Small functions on any value: composition, booleans, numbers, warnings,
# functions with declared arguments, and the version of this set.
{ lib }:
let
  inherit (builtins)
    add
    addErrorContext
    bitAnd
    bitOr
    bitXor
    deepSeq
    elem
    foldl'
    fromJSON
    fromTOML
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    pathExists
    readFile
    seq
    sub
    trace
    ;

  hexDigits = [ "0" "1" "2" "3" "4" "5" "6" "7" "8" "9" "A" "B" "C" "D" "E" "F" ];
  printWarning = builtins.warn or (message: trace "evaluation warning: ${message}");
in
rec {
  inherit
    add
    addErrorContext
    bitAnd
    bitOr
    bitXor
    deepSeq
    genericClosure
    isBool
    isFloat
    isInt
    lessThan
    pathExists
    readFile
    seq
    sub
    ;

  # id :: a -> a
  id = x: x;

  # const :: a -> b -> a
  const = x: _: x;

  # pipe :: a -> [ functions ] -> b
  # Hands the value through the functions, first one first.
  pipe = foldl' (x: f: f x);

  # concat :: list -> list -> list
  concat = x: y: x ++ y;

  # or, and, xor :: bool -> bool -> bool
  "or" = x: y: x || y;
  and = x: y: x && y;
  xor = x: y: (!x) != (!y);

  # bitNot :: int -> int
  bitNot = n: -1 - n;

  # boolToString :: bool -> "true" | "false"
  boolToString = b: if b then "true" else "false";

  # boolToYesNo :: bool -> "yes" | "no"
  boolToYesNo = b: if b then "yes" else "no";

  # mergeAttrs :: set -> set -> set
  mergeAttrs = x: y: x // y;

  # flip :: (a -> b -> c) -> b -> a -> c
  flip =
    f: x: y:
    f y x;

  # defaultTo :: a -> (a | null) -> a
  defaultTo = default: value: if value == null then default else value;

  # mapNullable :: (a -> b) -> (a | null) -> (b | null)
  mapNullable = f: value: if value == null then null else f value;

  # The release whose options and functions this set follows.
  release = "25.11";
  codeName = "Xantusia";
  versionSuffix = ".berth";
  version = release + versionSuffix;
  nixpkgsVersion = version;

  # The oldest release that a module or library must still work with.
  oldestSupportedRelease = 2505;

  # oldestSupportedReleaseIsAtLeast :: int -> bool
  oldestSupportedReleaseIsAtLeast = wanted: wanted <= oldestSupportedRelease;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;

  # revisionWithDefault :: a -> a
  # This set is not a checkout, so its revision is whatever the caller says.
  revisionWithDefault = default: default;

  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";

  # True when the evaluator hides the environment and the clock.
  inPureEvalMode = !(builtins ? currentSystem);

  # min, max :: number -> number -> number
  min = x: y: if x < y then x else y;
  max = x: y: if x > y then x else y;

  # mod :: int -> int -> int
  # Remainder of the truncating division, with the sign of the dividend.
  mod = base: divisor: base - divisor * (base / divisor);

  # compare :: a -> a -> -1 | 0 | 1
  compare =
    a: b:
    if a < b then
      -1
    else if b < a then
      1
    else
      0;

  # splitByAndCompare :: (a -> bool) -> (a -> a -> int) -> (a -> a -> int) -> (a -> a -> int)
  # Elements for which p holds come first; within the two halves `yes` or `no` decides.
  splitByAndCompare =
    p: yes: no: a: b:
    if p a then
      (if p b then yes a b else -1)
    else if p b then
      1
    else
      no a b;

  # importJSON, importTOML :: path -> value
  importJSON = file: fromJSON (readFile file);
  importTOML = file: fromTOML (readFile file);

  # warn :: string -> a -> a
  warn = printWarning;

  # warnIf, warnIfNot :: bool -> string -> a -> a
  warnIf = cond: message: if cond then warn message else x: x;
  warnIfNot = cond: message: if cond then x: x else warn message;

  # throwIf, throwIfNot :: bool -> string -> a -> a
  throwIf = cond: message: if cond then throw message else x: x;
  throwIfNot = cond: message: if cond then x: x else throw message;

  # checkListOfEnum :: string -> [ a ] -> [ a ] -> b -> b
  # Throws unless every given value is one of the valid ones.
  checkListOfEnum =
    what: valid: given:
    let
      show = values: builtins.concatStringsSep "" (map (x: "\n  ${toString x}") values);
      unexpected = builtins.filter (x: !elem x valid) given;
    in
    throwIf (unexpected != [ ])
      "${what}: these values are not allowed:${show unexpected}\nvalid values:${show valid}";

  # info :: string -> a -> a
  info = message: trace "INFO: ${message}";

  # showWarnings :: [ string ] -> a -> a
  showWarnings = warnings: result: builtins.foldl' (x: message: warn message x) result warnings;

  # setFunctionArgs :: function -> { name = hasDefault; } -> functor
  # Declares the arguments of a function that is not written as a set pattern.
  setFunctionArgs = f: args: {
    __functor = self: f;
    __functionArgs = args;
  };

  # functionArgs :: function -> { name = hasDefault; }
  functionArgs =
    f:
    if f ? __functor then
      f.__functionArgs or (functionArgs (f.__functor f))
    else
      builtins.functionArgs f;

  # isFunction :: a -> bool
  # True for functions and for sets that can be called like one.
  isFunction = f: builtins.isFunction f || (f ? __functor && isFunction (f.__functor f));

  # mirrorFunctionArgs :: function -> function -> function
  # Gives the second function the declared arguments of the first.
  mirrorFunctionArgs =
    from:
    let
      args = functionArgs from;
    in
    f: setFunctionArgs f args;

  # toFunction :: a -> function
  # Functions stay as they are; any other value becomes a constant function.
  toFunction = v: if isFunction v then v else _: v;

  # fromHexString :: string -> int
  # Accepts both cases of digits and an optional prefix 0x.
  fromHexString =
    text:
    let
      digits = builtins.match "(0[xX])?([0-9A-Fa-f]+)" text;
      hex = builtins.elemAt digits 1;
    in
    if digits == null then
      throw "fromHexString: '${text}' is not a hexadecimal number"
    else if builtins.stringLength hex > 15 && builtins.match "0*[0-7]?.{15}" hex == null then
      throw "fromHexString: '${text}' is larger than an integer can be"
    else
      (fromTOML "v = 0x${hex}").v;

  # toHexString :: int -> string
  toHexString =
    n: builtins.concatStringsSep "" (map (builtins.elemAt hexDigits) (toBaseDigits 16 n));

  # toBaseDigits :: int -> int -> [ int ]
  # The digits of a non-negative number in a base, most significant first.
  toBaseDigits =
    base: n:
    let
      digits =
        rest: acc: if rest < base then [ rest ] ++ acc else digits (rest / base) ([ (mod rest base) ] ++ acc);
    in
    assert isInt base && base >= 2;
    assert isInt n && n >= 0;
    digits n [ ];
}
