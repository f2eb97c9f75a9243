# Filtered copies of source directories.
{ lib }:
let
  inherit (builtins)
    any
    match
    pathExists
    readFile
    ;
  inherit (lib) hasPrefix hasSuffix removePrefix;

  # A source as its directory, its filter and its name, whether filtered before or not.
  parts =
    src:
    if src ? _isLibCleanSourceWith then
      src
    else
      {
        origSrc = src;
        filter = _: _: true;
        name = "source";
      };
in
rec {
  # pathType, pathIsDirectory, pathIsRegularFile are in lib.filesystem.
  inherit (lib.filesystem) pathType pathIsDirectory pathIsRegularFile;

  # cleanSourceFilter :: name -> type -> bool
  # Leaves out version control, editor backups, build results and sockets.
  cleanSourceFilter =
    name: type:
    let
      base = baseNameOf (toString name);
    in
    !(
      (type == "directory" && builtins.elem base [ ".git" ".svn" ".hg" "CVS" ".jj" ".pijul" "_darcs" ])
      || base == ".git"
      || hasSuffix "~" base
      || match "\\.sw[a-z]" base != null
      || match "\\..*\\.sw[a-z]" base != null
      || hasSuffix ".o" base
      || hasSuffix ".so" base
      || (type == "symlink" && hasPrefix "result" base)
      || type == "unknown"
    );

  # cleanSource :: source -> source
  cleanSource =
    src:
    cleanSourceWith {
      filter = cleanSourceFilter;
      inherit src;
    };

  # cleanSourceWith :: { src; filter ? ; name ? ; } -> source
  # Filters add up when a source is filtered again.
  cleanSourceWith =
    {
      filter ? _: _: true,
      src,
      name ? null,
    }:
    let
      old = parts src;
      both = path: type: filter path type && old.filter path type;
      newName = if name != null then name else old.name;
    in
    {
      inherit (old) origSrc;
      filter = both;
      name = newName;
      outPath = builtins.path {
        filter = both;
        path = old.origSrc;
        name = newName;
      };
      _isLibCleanSourceWith = true;
    };

  # trace :: source -> source
  # Prints every path that the filter is asked about.
  trace' =
    src:
    let
      old = parts src;
    in
    cleanSourceWith {
      inherit src;
      filter =
        path: type:
        let
          kept = old.filter path type;
        in
        builtins.trace "${if kept then "[x]" else "[ ]"} ${path} (${type})" kept;
    };

  # canCleanSource :: a -> bool
  canCleanSource = src: src ? _isLibCleanSourceWith || !(pathHasContext (toString src));

  # sourceByRegex :: source -> [ pattern ] -> source
  # Only paths, relative to the source, that match one of the patterns.
  sourceByRegex =
    src: patterns:
    let
      root = toString (parts src).origSrc;
    in
    cleanSourceWith {
      inherit src;
      filter =
        path: _:
        let
          relative = removePrefix (root + "/") (toString path);
        in
        any (pattern: match pattern relative != null) patterns;
    };

  # sourceFilesBySuffices :: source -> [ suffix ] -> source
  # All directories, and the files with one of the suffixes.
  sourceFilesBySuffices =
    src: suffixes:
    cleanSourceWith {
      inherit src;
      filter =
        path: type:
        type == "directory" || any (suffix: hasSuffix suffix (baseNameOf (toString path))) suffixes;
    };

  # pathHasContext :: a -> bool
  pathHasContext = builtins.hasContext or (hasPrefix builtins.storeDir);

  # pathIsGitRepo :: path -> bool
  pathIsGitRepo = path: (commitIdOrError path) ? value;

  # commitIdFromGitRepo :: path -> string
  # The commit a working copy or a .git directory is at.
  commitIdFromGitRepo =
    path:
    let
      result = commitIdOrError path;
    in
    result.value or (throw result.error);

  # commitIdOrError :: path -> { value; } | { error; }
  commitIdOrError =
    path:
    let
      head = path + "/HEAD";
      worktree = path + "/.git";
      reference =
        directory: name:
        let
          loose = directory + "/${name}";
          packed = directory + "/packed-refs";
          lines = lib.splitString "\n" (readFile packed);
          found = lib.findFirst (hasSuffix " ${name}") null lines;
        in
        if pathExists loose then
          { value = lib.fileContents loose; }
        else if pathExists packed && found != null then
          { value = lib.head (lib.splitString " " found); }
        else
          { error = "Not a .git directory: ${toString directory} has no reference ${name}"; };
      text = lib.fileContents head;
      target = match "ref: (.*)" text;
    in
    if lib.filesystem.pathIsRegularFile worktree then
      let
        link = match "gitdir: (.*)" (lib.fileContents worktree);
        directory = lib.head link;
      in
      if link == null then
        { error = "File contains no gitdir reference: ${toString worktree}"; }
      else
        commitIdOrError (if hasPrefix "/" directory then /. + directory else path + "/${directory}")
    else if lib.filesystem.pathIsDirectory worktree then
      commitIdOrError worktree
    else if !(pathExists head) then
      { error = "Not a .git directory: ${toString path}"; }
    else if target == null then
      { value = text; }
    else
      reference (
        if pathExists (path + "/commondir") then path + "/${lib.fileContents (path + "/commondir")}" else path
      ) (lib.head target);

  # urlToName :: url -> string
  # A name for a store path made from a URL.
  urlToName =
    url:
    let
      base = baseNameOf (lib.removeSuffix "/" (lib.last (lib.splitString ":" (toString url))));
    in
    lib.removeSuffix ".git" base;

  # shortRev :: revision -> string
  shortRev = rev: if match "[a-f0-9]+" rev == null then rev else builtins.substring 0 7 rev;

  # revOrTag :: revision -> tag -> string
  revOrTag =
    rev: tag:
    if tag != null then
      tag
    else if rev != null then
      rev
    else
      "HEAD";

  # repoRevToNameFull, repoRevToNameShort, repoRevToName :: ... -> string
  repoRevToNameFull =
    repo: rev: suffix:
    let
      name = urlToName repo;
      version = builtins.replaceStrings [ "/" ] [ "-" ] rev;
    in
    "${name}-${version}${lib.optionalString (suffix != null) "-${suffix}"}-source";
  repoRevToNameShort = repo: rev: suffix: repoRevToNameFull repo (shortRev (baseNameOf rev)) suffix;
  repoRevToName =
    kind:
    {
      full = repoRevToNameFull;
      versioned = repoRevToNameShort;
      source =
        _: _: _:
        "source";
    }
    .${kind} or (throw "repoRevToName: invalid kind ${toString kind}; it is one of full, versioned, source");
}
