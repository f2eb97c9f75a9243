# Lists: folds, searching, slicing, sorting, and lists used as sets.
{ lib }:
let
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isInt
    isList
    length
    map
    partition
    sort
    tail
    ;
  inherit (lib.trivial) min max;

  # Splits a string into text and number pieces so that numbers compare as numbers.
  naturalPieces =
    text:
    map (piece: if isList piece then lib.toIntBase10 (head piece) else piece) (
      builtins.split "([0-9]+)" text
    );
in
rec {
  inherit
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  # singleton :: a -> [ a ]
  singleton = x: [ x ];

  # forEach :: [ a ] -> (a -> b) -> [ b ]
  forEach = list: f: map f list;

  # foldr :: (a -> acc -> acc) -> acc -> [ a ] -> acc
  # Folds from the right, lazily: f may ignore its second argument.
  foldr =
    f: init: list:
    let
      end = length list;
      go = i: if i == end then init else f (elemAt list i) (go (i + 1));
    in
    go 0;
  fold = foldr;

  # foldl :: (acc -> a -> acc) -> acc -> [ a ] -> acc
  # Folds from the left without forcing the steps.
  foldl =
    f: init: list:
    let
      go = i: if i == 0 then init else f (go (i - 1)) (elemAt list (i - 1));
    in
    go (length list);

  # foldl' :: (acc -> a -> acc) -> acc -> [ a ] -> acc
  # Folds from the left and forces every step, the initial value included.
  foldl' =
    f: init: list:
    builtins.seq init (builtins.foldl' f init list);

  # imap0, imap1 :: (int -> a -> b) -> [ a ] -> [ b ]
  imap0 = f: list: genList (i: f i (elemAt list i)) (length list);
  imap1 = f: list: genList (i: f (i + 1) (elemAt list i)) (length list);
  imap = imap1;

  # ifilter0 :: (int -> a -> bool) -> [ a ] -> [ a ]
  ifilter0 =
    p: list: map (elemAt list) (filter (i: p i (elemAt list i)) (genList (i: i) (length list)));

  # flatten :: a -> [ b ]
  # All elements of nested lists in one list; a value that is no list becomes a list.
  flatten = v: if isList v then concatMap flatten v else [ v ];

  # remove :: a -> [ a ] -> [ a ]
  remove = x: filter (y: y != x);

  # findSingle :: (a -> bool) -> default -> multiple -> [ a ] -> a
  findSingle =
    p: default: multiple: list:
    let
      found = filter p list;
      n = length found;
    in
    if n == 0 then
      default
    else if n == 1 then
      head found
    else
      multiple;

  # findFirstIndex :: (a -> bool) -> default -> [ a ] -> int
  # Stops at the first match; later elements are not looked at.
  findFirstIndex =
    p: default: list:
    let
      index = builtins.foldl' (
        i: x:
        if i >= 0 then
          i
        else if p x then
          -i - 1
        else
          i - 1
      ) (-1) list;
    in
    if index < 0 then default else index;

  # findFirst :: (a -> bool) -> default -> [ a ] -> a
  findFirst =
    p: default: list:
    let
      index = findFirstIndex p null list;
    in
    if index == null then default else elemAt list index;

  # count :: (a -> bool) -> [ a ] -> int
  count = p: builtins.foldl' (n: x: if p x then n + 1 else n) 0;

  # optional :: bool -> a -> [ a ]
  optional = cond: x: if cond then [ x ] else [ ];

  # optionals :: bool -> [ a ] -> [ a ]
  optionals = cond: list: if cond then list else [ ];

  # toList :: a | [ a ] -> [ a ]
  toList = x: if isList x then x else [ x ];

  # range :: int -> int -> [ int ]
  # Both ends included; empty when the first is larger.
  range = first: last: if first > last then [ ] else genList (i: first + i) (last - first + 1);

  # replicate :: int -> a -> [ a ]
  replicate = n: x: genList (_: x) n;

  # groupBy' :: (acc -> a -> acc) -> acc -> (a -> name) -> [ a ] -> { name = acc; }
  groupBy' =
    f: init: key: list:
    builtins.mapAttrs (_: builtins.foldl' f init) (groupBy key list);

  # zipListsWith :: (a -> b -> c) -> [ a ] -> [ b ] -> [ c ]
  # As long as the shorter list.
  zipListsWith =
    f: xs: ys:
    genList (i: f (elemAt xs i) (elemAt ys i)) (min (length xs) (length ys));

  # zipLists :: [ a ] -> [ b ] -> [ { fst; snd; } ]
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });

  # reverseList :: [ a ] -> [ a ]
  reverseList =
    list:
    let
      lastIndex = length list - 1;
    in
    genList (i: elemAt list (lastIndex - i)) (lastIndex + 1);

  # listDfs :: stopOnCycles -> (a -> a -> bool) -> [ a ] -> { visited; rest; minimal; } | { cycle; loops; ... }
  # Walks from the first element towards elements that must come `before` it.
  listDfs =
    stopOnCycles: before: list:
    let
      visit =
        node: visited: rest:
        let
          split = partition (x: before x node) visited;
          next = partition (x: before x node) rest;
        in
        if stopOnCycles && split.right != [ ] then
          {
            cycle = node;
            loops = split.right;
            inherit visited rest;
          }
        else if next.right == [ ] then
          {
            minimal = node;
            inherit visited rest;
          }
        else
          visit (head next.right) ([ node ] ++ visited) (tail next.right ++ next.wrong);
    in
    visit (head list) [ ] (tail list);

  # toposort :: (a -> a -> bool) -> [ a ] -> { result; } | { cycle; loops; }
  # An order in which a comes before b wherever `before a b` holds.
  toposort =
    before: list:
    let
      step = listDfs true before list;
      others = toposort before (step.visited ++ step.rest);
    in
    if length list < 2 then
      { result = list; }
    else if step ? cycle then
      {
        cycle = reverseList ([ step.cycle ] ++ step.visited);
        inherit (step) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ step.minimal ] ++ others.result; };

  # sortOn :: (a -> key) -> [ a ] -> [ a ]
  # Sorts by a key which is computed once per element.
  sortOn =
    key: list:
    map (pair: elemAt pair 1) (
      sort (a: b: head a < head b) (
        map (x: [
          (key x)
          x
        ]) list
      )
    );

  # compareLists :: (a -> a -> int) -> [ a ] -> [ a ] -> int
  compareLists =
    cmp: a: b:
    let
      go =
        i:
        if i == length a then
          (if i == length b then 0 else -1)
        else if i == length b then
          1
        else
          let
            order = cmp (elemAt a i) (elemAt b i);
          in
          if order == 0 then go (i + 1) else order;
    in
    go 0;

  # naturalSort :: [ string ] -> [ string ]
  # Numbers inside the strings are ordered by value: disk2 before disk11.
  naturalSort =
    let
      comparePiece = a: b: lib.compare a b;
    in
    list:
    map (entry: entry.text) (
      sort (a: b: compareLists comparePiece a.pieces b.pieces < 0) (
        map (text: {
          inherit text;
          pieces = naturalPieces text;
        }) list
      )
    );

  # take, drop :: int -> [ a ] -> [ a ]
  take = count: sublist 0 count;
  drop = count: list: sublist count (length list) list;

  # takeEnd, dropEnd :: int -> [ a ] -> [ a ]
  takeEnd = n: list: drop (max 0 (length list - n)) list;
  dropEnd = n: list: take (max 0 (length list - n)) list;

  # hasPrefix :: [ a ] -> [ a ] -> bool
  hasPrefix = prefix: list: take (length prefix) list == prefix;

  # removePrefix :: [ a ] -> [ a ] -> [ a ]
  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lib.lists.removePrefix: the first argument is not a prefix of the second";

  # sublist :: start -> count -> [ a ] -> [ a ]
  sublist =
    start: count: list:
    let
      available = length list - start;
      n =
        if available <= 0 then
          0
        else if count > available then
          available
        else
          count;
    in
    genList (i: elemAt list (start + i)) n;

  # commonPrefix :: [ a ] -> [ a ] -> [ a ]
  commonPrefix =
    a: b:
    let
      pairs = zipListsWith (x: y: x == y) a b;
      end = findFirstIndex (same: !same) (length pairs) pairs;
    in
    take end a;

  # last :: [ a ] -> a
  last =
    list:
    if list == [ ] then
      throw "lists.last: list must not be empty!"
    else
      elemAt list (length list - 1);

  # init :: [ a ] -> [ a ]
  init =
    list:
    if list == [ ] then
      throw "lists.init: list must not be empty!"
    else
      genList (elemAt list) (length list - 1);

  # crossLists :: (a -> b -> ... -> c) -> [ [ a ] [ b ] ... ] -> [ c ]
  crossLists = f: builtins.foldl' (fs: args: concatMap (g: map g args) fs) [ f ];

  # unique :: [ a ] -> [ a ]
  # Keeps the first of equal elements. Strings have a faster uniqueStrings.
  unique = builtins.foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ];

  # uniqueStrings :: [ string ] -> [ string ]
  # The distinct strings, sorted; n log n.
  uniqueStrings = list: builtins.attrNames (groupBy (x: x) list);

  # allUnique :: [ a ] -> bool
  allUnique = list: length (unique list) == length list;

  # intersectLists :: [ a ] -> [ a ] -> [ a ]
  # The elements of the second list that the first one has too.
  intersectLists = wanted: filter (x: elem x wanted);

  # subtractLists :: [ a ] -> [ a ] -> [ a ]
  # The elements of the second list that the first one does not have.
  subtractLists = unwanted: filter (x: !(elem x unwanted));

  # mutuallyExclusive :: [ a ] -> [ a ] -> bool
  mutuallyExclusive = a: b: !(any (x: elem x b) a);

  # concatAttrValues :: { name = [ a ]; } -> [ a ]
  concatAttrValues = set: concatLists (builtins.attrValues set);
}
