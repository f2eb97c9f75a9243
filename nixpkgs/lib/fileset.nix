# Sets of files, for sources that hold exactly what a build needs.
#
# A file set is { _type = "fileset"; base; tree; }: `base` is a directory and
# `tree` says which files below it are in: null for none, "directory" for all
# of a directory, any other string for a file, or a set of such trees by name.
{ lib }:
let
  inherit (builtins)
    attrNames
    elemAt
    filter
    foldl'
    isAttrs
    isPath
    isString
    length
    mapAttrs
    pathExists
    readDir
    split
    tail
    typeOf
    zipAttrsWith
    ;
  inherit (lib.filesystem) pathType;

  fileset = base: tree: {
    _type = "fileset";
    inherit base tree;
    # A file set is no path; using it as one is answered with what to do.
    outPath = throw "lib.fileset: a file set was used where a path or string is needed; turn it into one with lib.fileset.toSource";
  };

  empty = fileset null null;

  parts = path: filter (p: isString p && p != "") (split "/+" (toString path));

  # A tree for `base` as seen from a directory above it.
  lift =
    names: tree:
    if names == [ ] || tree == null then tree else { ${lib.head names} = lift (tail names) tree; };

  # Both sets as trees from their common parent directory.
  align =
    a: b:
    let
      x = parts a.base;
      y = parts b.base;
      common = lib.commonPrefix x y;
      depth = length common;
      base = foldl' (path: name: path + "/${name}") /. common;
    in
    {
      inherit base;
      left = lift (lib.drop depth x) a.tree;
      right = lift (lib.drop depth y) b.tree;
    };

  # A whole directory, opened one level.
  open =
    path: tree:
    if tree == "directory" then
      mapAttrs (_: type: type) (readDir path)
    else
      tree;

  unite =
    a: b:
    if a == null || b == "directory" then
      b
    else if b == null || a == "directory" then
      a
    else if isAttrs a && isAttrs b then
      zipAttrsWith (_: both: foldl' unite null both) [ a b ]
    else
      a;

  # Combines two trees name by name, opening directories where both have something.
  meet =
    path: a: b:
    if a == null || b == null then
      null
    else if b == "directory" || isString b && isString a && a != "directory" then
      a
    else if a == "directory" then
      b
    else
      mapAttrs (name: sub: meet (path + "/${name}") sub (b.${name} or null)) a;

  subtract =
    path: a: b:
    if a == null || b == "directory" || (isString b && isString a && a != "directory") then
      null
    else if b == null then
      a
    else
      mapAttrs (name: sub: subtract (path + "/${name}") sub (b.${name} or null)) (open path a);

  # Accepts paths and sources in place of file sets.
  coerce =
    context: v:
    if v ? _type && v._type == "fileset" then
      v
    else if v ? origSrc && v ? filter then
      throw "${context} is a filtered source; make a file set of it with lib.fileset.fromSource"
    else if !(isPath v) then
      throw "${context} must be a file set or a path, but it is a ${typeOf v}${
        if isString v then "; paths are written without quotes" else ""
      }"
    else if !(pathExists v) then
      throw "${context}: ${toString v} does not exist; lib.fileset.maybeMissing makes an empty set of a missing path"
    else
      fromPath v;

  fromPath =
    path:
    let
      type = pathType path;
    in
    if type == "directory" then
      fileset path "directory"
    else
      fileset (dirOf path) { ${baseNameOf path} = type; };

  combine =
    f: a: b:
    if a.base == null then
      f.emptyLeft b
    else if b.base == null then
      f.emptyRight a
    else
      let
        both = align a b;
      in
      fileset both.base (f.trees both.base both.left both.right);

  union' = combine {
    emptyLeft = b: b;
    emptyRight = a: a;
    trees = _: unite;
  };

  # Whether any file is in a tree; empty directories do not count.
  hasFiles =
    path: tree:
    if tree == null then
      false
    else if isAttrs tree || tree == "directory" then
      lib.any (name: hasFiles (path + "/${name}") (open path tree).${name}) (attrNames (open path tree))
    else
      true;

  filesIn =
    path: tree:
    if tree == null then
      [ ]
    else if isAttrs tree || tree == "directory" then
      lib.concatMap (name: filesIn (path + "/${name}") (open path tree).${name}) (attrNames (open path tree))
    else
      [ path ];

  # Keeps the files of a tree for which the predicate holds.
  select =
    keep: path: tree:
    if isAttrs tree || tree == "directory" then
      mapAttrs (name: select keep (path + "/${name}")) (open path tree)
    else if tree == null then
      null
    else if
      keep {
        name = baseNameOf path;
        type = tree;
        hasExt = ext: lib.hasSuffix ".${ext}" (baseNameOf path);
      }
    then
      tree
    else
      null;

  showFiles =
    v:
    let
      set = coerce "lib.fileset.trace: Argument" v;
      files = if set.base == null then [ ] else filesIn set.base set.tree;
    in
    if files == [ ] then "(empty)" else lib.concatMapStringsSep "\n" toString files;

  # The list of tracked files is Git's own knowledge and not part of a pure
  # evaluation. A flake's source holds tracked files only, so there the whole
  # directory is the answer.
  gitTrackedWith =
    _: path:
    if !(isPath path) then
      throw "lib.fileset.gitTracked: the argument must be a path, but it is a ${typeOf path}"
    else if lib.path.hasStorePathPrefix path then
      fromPath path
    else if !(pathExists (path + "/.git")) then
      throw "lib.fileset.gitTracked: ${toString path} is not the top of a Git working tree"
    else
      fileset path (trackedTree path);

  # Asks the evaluator's own Git fetcher, which copies tracked files, and mirrors its names.
  trackedTree =
    path:
    let
      fetched = builtins.fetchGit {
        url = path;
        shallow = true;
      };
      mirror = dir: mapAttrs (name: type: if type == "directory" then mirror (dir + "/${name}") else type) (readDir dir);
    in
    mirror fetched.outPath;
in
{
  # maybeMissing :: path -> fileset
  # The path, or nothing when it does not exist.
  maybeMissing =
    path:
    if !(isPath path) then
      throw "lib.fileset.maybeMissing: the argument must be a path, but it is a ${typeOf path}"
    else if pathExists path then
      fromPath path
    else
      empty;

  # union :: fileset -> fileset -> fileset
  union =
    a: b:
    union' (coerce "lib.fileset.union: First argument" a) (coerce "lib.fileset.union: Second argument" b);

  # unions :: [ fileset ] -> fileset
  unions =
    list:
    foldl' union' empty (
      lib.imap0 (i: coerce "lib.fileset.unions: Element ${toString i}") list
    );

  # intersection :: fileset -> fileset -> fileset
  intersection =
    a: b:
    combine
      {
        emptyLeft = _: empty;
        emptyRight = _: empty;
        trees = meet;
      }
      (coerce "lib.fileset.intersection: First argument" a)
      (coerce "lib.fileset.intersection: Second argument" b);

  # difference :: fileset -> fileset -> fileset
  # What the first has and the second has not.
  difference =
    a: b:
    combine
      {
        emptyLeft = _: empty;
        emptyRight = a: a;
        trees = subtract;
      }
      (coerce "lib.fileset.difference: First argument (positive set)" a)
      (coerce "lib.fileset.difference: Second argument (negative set)" b);

  # fileFilter :: ({ name; type; hasExt; } -> bool) -> path -> fileset
  fileFilter =
    keep: path:
    let
      all = coerce "lib.fileset.fileFilter: Second argument" path;
    in
    if !(lib.isFunction keep) then
      throw "lib.fileset.fileFilter: the first argument must be a function, but it is a ${typeOf keep}"
    else if !(isPath path) then
      throw "lib.fileset.fileFilter: the second argument must be a path; lib.fileset.intersection restricts a file set to others"
    else
      fileset all.base (select keep all.base all.tree);

  # toList :: fileset -> [ path ]
  toList =
    v:
    let
      set = coerce "lib.fileset.toList: Argument" v;
    in
    if set.base == null then [ ] else filesIn set.base set.tree;

  # fromSource :: source -> fileset
  # The files that a filtered source lets through.
  fromSource =
    source:
    let
      root = source.origSrc or source;
      keep = source.filter or (_: _: true);
      walk =
        path:
        mapAttrs (
          name: type:
          let
            below = path + "/${name}";
          in
          if !(keep (toString below) type) then
            null
          else if type == "directory" then
            walk below
          else
            type
        ) (readDir path);
    in
    fileset root (walk root);

  # toSource :: { root; fileset; } -> source
  # A store path with exactly these files, at their places below the root.
  toSource =
    {
      root,
      fileset,
    }:
    let
      set = coerce "lib.fileset.toSource: `fileset`" fileset;
      rootParts = parts root;
      depth = length rootParts;
      below = if set.base == null then null else lift (parts set.base) set.tree;
      descend = tree: names: if names == [ ] || !(isAttrs tree) then tree else descend (tree.${lib.head names} or null) (tail names);
      inside = descend below rootParts;
      outside = set.base != null && lib.take depth (parts set.base) != rootParts && hasFiles set.base set.tree;

      rootLength = builtins.stringLength (toString root);
      at =
        path:
        descend inside (
          parts (builtins.substring (rootLength + 1) (-1) path)
        );
      keep =
        path: type:
        let
          tree = at path;
        in
        if type == "directory" then hasFiles (/. + path) tree else tree != null;
    in
    if !(isPath root) then
      throw "lib.fileset.toSource: `root` must be a path such as ./. but it is ${
        if root ? outPath then
          "a source or a flake input"
        else if isString root then
          "a string; write it without quotes"
        else
          "a ${typeOf root}"
      }"
    else if !(pathExists root) then
      throw "lib.fileset.toSource: `root` (${toString root}) does not exist"
    else if pathType root != "directory" then
      throw "lib.fileset.toSource: `root` (${toString root}) is not a directory"
    else if outside then
      throw "lib.fileset.toSource: the file set reaches up to ${toString set.base}, outside of `root` (${toString root}); choose a `root` above both"
    else
      lib.cleanSourceWith {
        name = "source";
        src = root;
        filter = keep;
      };

  # gitTracked, gitTrackedWith :: path -> fileset
  gitTracked = gitTrackedWith { };
  inherit gitTrackedWith;

  # trace, traceVal :: fileset -> ...
  # Prints the files of a set.
  trace = v: result: builtins.trace (showFiles v) result;
  traceVal = v: builtins.trace (showFiles v) v;
}
