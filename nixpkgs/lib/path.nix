# Path values and relative path strings ("subpaths").
{ lib }:
let
  inherit (builtins)
    concatStringsSep
    elemAt
    filter
    genList
    isPath
    isString
    length
    match
    split
    substring
    typeOf
    ;

  # Why a text is no subpath, or null if it is one.
  fault =
    v:
    if !(isString v) then
      "it is a ${typeOf v} instead of a string"
    else if v == "" then
      "it is empty"
    else if substring 0 1 v == "/" then
      "\"${v}\" is absolute"
    else if match "(.*/)?\\.\\.(/.*)?" v != null then
      "\"${v}\" has a `..` in it"
    else
      null;

  components =
    text: filter (part: isString part && part != "" && part != ".") (split "/+" text);

  fromComponents = parts: "./" + (if parts == [ ] then "." else concatStringsSep "/" parts);

  # A path value as its root and the names below it.
  deconstruct =
    path:
    let
      go =
        parts: p:
        let
          up = dirOf p;
        in
        if up == p then
          {
            root = p;
            components = parts;
          }
        else
          go ([ (baseNameOf p) ] ++ parts) up;
    in
    go [ ] path;

  checkPath =
    function: which: v:
    if isPath v then
      v
    else
      throw "lib.path.${function}: the ${which} argument must be a path, but it is a ${typeOf v}";

  # Both deconstructed, with an error when they are in different trees.
  inSameTree =
    function: a: b:
    let
      x = deconstruct (checkPath function "first" a);
      y = deconstruct (checkPath function "second" b);
    in
    if x.root == y.root then
      {
        first = x.components;
        second = y.components;
      }
    else
      throw "lib.path.${function}: the paths are in different trees, below ${toString x.root} and ${toString y.root}";

  isStoreComponent = name: match "[0-9abcdfghijklmnpqrsvwxyz]{32}-.+" name != null;
in
{
  # append :: path -> subpath -> path
  append =
    path: subpath:
    let
      problem = fault subpath;
      checked = checkPath "append" "first" path;
    in
    if problem != null then
      throw "lib.path.append: the second argument is not a valid subpath: ${problem}"
    else
      checked + ("/" + subpath);

  # hasPrefix :: path -> path -> bool
  # Whether the second path is the first one or below it.
  hasPrefix =
    a: b:
    let
      both = inSameTree "hasPrefix" a b;
    in
    lib.take (length both.first) both.second == both.first;

  # removePrefix :: path -> path -> subpath
  removePrefix =
    a: b:
    let
      both = inSameTree "removePrefix" a b;
    in
    if lib.take (length both.first) both.second == both.first then
      fromComponents (lib.drop (length both.first) both.second)
    else
      throw "lib.path.removePrefix: ${toString b} is not below ${toString a}";

  # splitRoot :: path -> { root; subpath; }
  splitRoot =
    path:
    let
      parts = deconstruct (checkPath "splitRoot" "first" path);
    in
    {
      inherit (parts) root;
      subpath = fromComponents parts.components;
    };

  # hasStorePathPrefix :: path -> bool
  hasStorePathPrefix =
    path:
    let
      parts = (deconstruct (checkPath "hasStorePathPrefix" "first" path)).components;
      store = components (toString builtins.storeDir);
      depth = length store;
    in
    length parts > depth && lib.take depth parts == store && isStoreComponent (elemAt parts depth);

  subpath = {
    # isValid :: a -> bool
    isValid = v: fault v == null;

    # join :: [ subpath ] -> subpath
    join =
      subpaths:
      let
        problems = filter (i: fault (elemAt subpaths i) != null) (genList (i: i) (length subpaths));
        first = lib.head problems;
      in
      if problems == [ ] then
        fromComponents (lib.concatMap components subpaths)
      else
        throw "lib.path.subpath.join: element ${toString first} is not a valid subpath: ${fault (elemAt subpaths first)}";

    # components :: subpath -> [ string ]
    components =
      subpath:
      let
        problem = fault subpath;
      in
      if problem == null then
        components subpath
      else
        throw "lib.path.subpath.components: not a valid subpath: ${problem}";

    # normalise :: subpath -> subpath
    normalise =
      subpath:
      let
        problem = fault subpath;
      in
      if problem == null then
        fromComponents (components subpath)
      else
        throw "lib.path.subpath.normalise: not a valid subpath: ${problem}";
  };
}
