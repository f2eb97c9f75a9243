# Attribute sets: paths into them, mapping, filtering, merging; and the few
# questions about derivations that are only questions about their attributes.
{ lib }:
let
  inherit (builtins)
    attrNames
    attrValues
    catAttrs
    concatMap
    elemAt
    filter
    foldl'
    genList
    getAttr
    hasAttr
    head
    intersectAttrs
    isAttrs
    isList
    length
    listToAttrs
    mapAttrs
    removeAttrs
    tail
    zipAttrsWith
    ;

  # Follows a path from index i; `found` gets the value, `lost` the depth reached.
  walk =
    path: found: lost:
    let
      end = length path;
      go =
        i: v:
        if i == end then
          found v
        else
          let
            name = elemAt path i;
          in
          if v ? ${name} then go (i + 1) v.${name} else lost i;
    in
    go 0;
in
rec {
  inherit
    attrNames
    attrValues
    catAttrs
    getAttr
    hasAttr
    intersectAttrs
    isAttrs
    listToAttrs
    mapAttrs
    removeAttrs
    zipAttrsWith
    ;

  # attrByPath :: [ string ] -> a -> set -> a
  # The value at a path, or the default when any step is missing.
  attrByPath = path: default: walk path (v: v) (_: default);

  # hasAttrByPath :: [ string ] -> set -> bool
  hasAttrByPath = path: walk path (_: true) (_: false);

  # longestValidPathPrefix :: [ string ] -> set -> [ string ]
  # The part of a path, from its start, that exists in the set.
  longestValidPathPrefix = path: walk path (_: path) (depth: genList (elemAt path) depth);

  # getAttrFromPath :: [ string ] -> set -> a
  getAttrFromPath =
    path: set:
    walk path (v: v) (
      _: throw "cannot find attribute '${builtins.concatStringsSep "." path}'"
    ) set;

  # setAttrByPath :: [ string ] -> a -> set
  # A set with the value at the path and nothing else.
  setAttrByPath =
    path: value:
    let
      end = length path;
      at = i: if i == end then value else { ${elemAt path i} = at (i + 1); };
    in
    at 0;

  # updateManyAttrsByPath :: [ { path; update; } ] -> set -> set
  # Applies every update function at its path; parents are made where missing.
  updateManyAttrsByPath =
    let
      # hasValue is false below a parent that did not exist.
      apply =
        depth: updates: hasValue: value:
        let
          split = builtins.partition (u: length u.path == depth) updates;
          byName = builtins.groupBy (u: elemAt u.path depth) split.wrong;
          nested =
            if split.wrong == [ ] then
              value
            else if !hasValue then
              mapAttrs (name: below: apply (depth + 1) below false null) byName
            else if isAttrs value then
              value
              // mapAttrs (name: below: apply (depth + 1) below (value ? ${name}) (value.${name} or null)) byName
            else
              throw "updateManyAttrsByPath: the value at '${
                showAttrPath (lib.take depth (head split.wrong).path)
              }' is not an attribute set, so '${showAttrPath (head split.wrong).path}' cannot be updated";
          missing = path: throw "updateManyAttrsByPath: '${showAttrPath path}' does not exist, but its update reads it";
          start = if hasValue || split.wrong != [ ] then nested else missing (head split.right).path;
        in
        foldl' (acc: u: u.update acc) start split.right;
    in
    updates: value: apply 0 updates true value;

  # concatMapAttrs :: (name -> value -> set) -> set -> set
  concatMapAttrs = f: set: mergeAttrsList (attrValues (mapAttrs f set));

  # attrVals :: [ name ] -> set -> [ value ]
  attrVals = names: set: map (name: set.${name}) names;

  # getAttrs :: [ name ] -> set -> set
  # Only these attributes; each of them must exist.
  getAttrs = names: set: genAttrs names (name: set.${name});

  # filterAttrs :: (name -> value -> bool) -> set -> set
  filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));

  # filterAttrsRecursive :: (name -> value -> bool) -> set -> set
  filterAttrsRecursive =
    keep: set:
    mapAttrs (_: v: if isAttrs v then filterAttrsRecursive keep v else v) (filterAttrs keep set);

  # foldlAttrs :: (acc -> name -> value -> acc) -> acc -> set -> acc
  foldlAttrs = f: init: set: foldl' (acc: name: f acc name set.${name}) init (attrNames set);

  # foldAttrs :: (value -> acc -> acc) -> acc -> [ set ] -> set
  # Folds, for each name, the values that the sets have for it, last set first.
  foldAttrs = f: init: zipAttrsWith (_: values: lib.foldr f init values);

  # collect :: (a -> bool) -> set -> [ a ]
  # All values in a nested set that satisfy p, not looking inside those.
  collect =
    p: v:
    if p v then
      [ v ]
    else if isAttrs v then
      concatMap (collect p) (attrValues v)
    else
      [ ];

  # cartesianProduct :: { name = [ value ]; } -> [ set ]
  cartesianProduct =
    sets:
    foldl' (
      products: name: concatMap (product: map (v: product // { ${name} = v; }) sets.${name}) products
    ) [ { } ] (attrNames sets);
  cartesianProductOfSets = cartesianProduct;

  # mapCartesianProduct :: (set -> a) -> { name = [ value ]; } -> [ a ]
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);

  # nameValuePair :: name -> value -> { name; value; }
  nameValuePair = name: value: { inherit name value; };

  # mapAttrs' :: (name -> value -> { name; value; }) -> set -> set
  mapAttrs' = f: set: listToAttrs (mapAttrsToList f set);

  # attrsToList :: set -> [ { name; value; } ]
  attrsToList = mapAttrsToList nameValuePair;

  # mapAttrsToList :: (name -> value -> a) -> set -> [ a ]
  mapAttrsToList = f: set: attrValues (mapAttrs f set);

  # mapAttrsRecursive :: ([ name ] -> value -> a) -> set -> set
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);

  # mapAttrsRecursiveCond :: (set -> bool) -> ([ name ] -> value -> a) -> set -> set
  # Goes into a nested set only where the condition holds for it.
  mapAttrsRecursiveCond =
    cond: f:
    let
      go =
        path:
        mapAttrs (
          name: v:
          let
            here = path ++ [ name ];
          in
          if isAttrs v && cond v then go here v else f here v
        );
    in
    go [ ];

  # mapAttrsToListRecursive :: ([ name ] -> value -> a) -> set -> [ a ]
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);

  # mapAttrsToListRecursiveCond :: ([ name ] -> set -> bool) -> ([ name ] -> value -> a) -> set -> [ a ]
  mapAttrsToListRecursiveCond =
    cond: f:
    let
      go =
        path: v:
        if isAttrs v && (path == [ ] || cond path v) then
          concatMap (name: go (path ++ [ name ]) v.${name}) (attrNames v)
        else
          [ (f path v) ];
    in
    go [ ];

  # genAttrs :: [ name ] -> (name -> value) -> set
  genAttrs = names: f: listToAttrs (map (name: { inherit name; value = f name; }) names);

  # genAttrs' :: [ a ] -> (a -> { name; value; }) -> set
  genAttrs' = values: f: listToAttrs (map f values);

  # isDerivation :: a -> bool
  isDerivation = v: v.type or null == "derivation";

  # toDerivation :: path -> set
  # Makes an existing store path look like a package.
  toDerivation =
    path:
    let
      stored = builtins.storePath path;
      result = {
        type = "derivation";
        name = lib.sanitizeDerivationName (
          builtins.substring 33 (-1) (baseNameOf (builtins.unsafeDiscardStringContext stored))
        );
        outPath = stored;
        outputs = [ "out" ];
        out = result;
        outputName = "out";
      };
    in
    result;

  # optionalAttrs :: bool -> set -> set
  optionalAttrs = cond: set: if cond then set else { };

  # zipAttrsWithNames :: [ name ] -> (name -> [ value ] -> a) -> [ set ] -> set
  zipAttrsWithNames = names: f: sets: genAttrs names (name: f name (catAttrs name sets));

  # zipAttrs :: [ set ] -> { name = [ value ]; }
  zipAttrs = zipAttrsWith (_: values: values);

  # mergeAttrsList :: [ set ] -> set
  # Later sets win. Merges pairwise, so that the work is n log n.
  mergeAttrsList =
    list:
    let
      merge =
        start: end:
        if end - start > 1 then
          let
            middle = (start + end) / 2;
          in
          merge start middle // merge middle end
        else
          elemAt list start;
    in
    if list == [ ] then { } else merge 0 (length list);

  # recursiveUpdateUntil :: ([ name ] -> left -> right -> bool) -> set -> set -> set
  # The right side wins; nested sets are merged unless the predicate says stop.
  recursiveUpdateUntil =
    stop:
    let
      go =
        path:
        zipAttrsWith (
          name: values:
          let
            here = path ++ [ name ];
            left = elemAt values 1;
            right = head values;
          in
          if tail values == [ ] || stop here left right then right else go here values
        );
    in
    left: right: go [ ] [ right left ];

  # recursiveUpdate :: set -> set -> set
  recursiveUpdate = recursiveUpdateUntil (_: left: right: !(isAttrs left && isAttrs right));

  # matchAttrs :: pattern -> set -> bool
  # True when the set has all the pattern's attributes with equal values, sets compared by the same rule.
  matchAttrs =
    pattern: set:
    assert isAttrs pattern;
    builtins.all (
      name:
      set ? ${name}
      && (
        let
          wanted = pattern.${name};
          given = set.${name};
        in
        if isAttrs wanted then isAttrs given && matchAttrs wanted given else wanted == given
      )
    ) (attrNames pattern);

  # overrideExisting :: set -> set -> set
  # Takes new values for the attributes that are already there, and no others.
  overrideExisting = old: new: old // intersectAttrs old new;

  # showAttrPath :: [ name ] -> string
  showAttrPath =
    path:
    if path == [ ] then
      "<root attribute path>"
    else
      lib.concatMapStringsSep "." lib.escapeNixIdentifier path;

  # unionOfDisjoint :: set -> set -> set
  # The union; an attribute that both sides have throws when it is read.
  unionOfDisjoint =
    x: y:
    (x // y)
    // mapAttrs (name: _: throw "unionOfDisjoint: both sets have an attribute '${name}'") (intersectAttrs x y);

  # getOutput :: output -> package -> package
  # The named output of a package, or its `out`, or the package itself.
  getOutput =
    output: pkg:
    if !(pkg ? outputSpecified && pkg.outputSpecified) then pkg.${output} or pkg.out or pkg else pkg;

  # getFirstOutput :: [ output ] -> package -> package
  # The first of the outputs that the package has, else the package itself.
  getFirstOutput =
    candidates: pkg:
    let
      present = filter (name: pkg ? ${name}) candidates;
    in
    if (pkg.outputSpecified or false) || present == [ ] then pkg else pkg.${head present};

  getBin = getOutput "bin";
  getLib = getFirstOutput [ "lib" "out" ];
  getStatic = getFirstOutput [ "static" "lib" "out" ];
  getDev = getFirstOutput [ "dev" "out" ];
  getInclude = getFirstOutput [ "include" "dev" "out" ];
  getMan = getFirstOutput [ "man" "doc" "bin" "out" ];

  # chooseDevOutputs :: [ package ] -> [ package ]
  chooseDevOutputs = map getDev;

  # recurseIntoAttrs :: set -> set
  # Marks a set of packages as one that package listings should enter.
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  # Earlier names, kept for configurations that use them.
  zipWithNames = zipAttrsWithNames;
  zip = zipAttrsWith;
}
