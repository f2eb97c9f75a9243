# Questions about files, and sets made from directories.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatMap
    pathExists
    readDir
    ;
in
rec {
  # pathType :: path -> "directory" | "regular" | "symlink" | "unknown"
  pathType =
    builtins.readFileType or (
      path:
      if !(pathExists path) then
        throw "lib.filesystem.pathType: Path ${toString path} does not exist."
      else if dirOf path == path then
        "directory"
      else
        (readDir (dirOf path)).${baseNameOf path}
    );

  # pathIsDirectory, pathIsRegularFile :: path -> bool
  # A path that does not exist is neither.
  pathIsDirectory = path: pathExists path && pathType path == "directory";
  pathIsRegularFile = path: pathExists path && pathType path == "regular";

  # haskellPathsInDir :: path -> { name = path; }
  # Subdirectories that hold a cabal file of their own name.
  haskellPathsInDir =
    root:
    let
      found = concatMap (
        name:
        let
          directory = root + "/${name}";
        in
        if (readDir root).${name} == "directory" && pathExists (directory + "/${name}.cabal") then
          [
            {
              inherit name;
              value = directory;
            }
          ]
        else
          [ ]
      ) (attrNames (readDir root));
    in
    builtins.listToAttrs found;

  # locateDominatingFile :: pattern -> path -> { path; matches; } | null
  # The nearest directory, upwards from a file, with an entry matching the pattern.
  locateDominatingFile =
    pattern: file:
    let
      go =
        path:
        let
          matches = builtins.filter (m: m != null) (
            map (builtins.match pattern) (attrNames (readDir path))
          );
          up = dirOf path;
        in
        if matches != [ ] then
          { inherit path matches; }
        else if up == path then
          null
        else
          go up;
      isFolder = pathExists (toString file + "/.") || pathIsDirectory file;
    in
    go (if isFolder then file else dirOf file);

  # listFilesRecursive :: path -> [ path ]
  # All files below a directory, not the directories themselves.
  listFilesRecursive =
    root:
    concatMap (
      name:
      let
        path = root + "/${name}";
      in
      if (readDir root).${name} == "directory" then listFilesRecursive path else [ path ]
    ) (attrNames (readDir root));

  # resolveDefaultNix :: path -> path
  # A directory stands for the default.nix in it.
  resolveDefaultNix =
    v:
    if lib.isPath v then
      (if pathIsDirectory v then v + "/default.nix" else v)
    else if pathIsDirectory v || lib.hasSuffix "/" (toString v) then
      toString v + "/default.nix"
    else
      v;

  # packagesFromDirectoryRecursive :: { callPackage; directory; newScope ? ; } -> set
  # One package per .nix file or per directory with a package.nix; other
  # directories become nested sets, which are scopes if newScope is given.
  packagesFromDirectoryRecursive =
    args@{
      callPackage,
      directory,
      newScope ? null,
    }:
    let
      below = args': name: packagesFromDirectoryRecursive (args' // { directory = directory + "/${name}"; });
      contents =
        args':
        lib.concatMapAttrs (
          name: type:
          let
            path = directory + "/${name}";
          in
          if type == "directory" then
            { ${name} = below args' name; }
          else if type == "regular" && lib.hasSuffix ".nix" name then
            { ${lib.removeSuffix ".nix" name} = args'.callPackage path { }; }
          else if type == "regular" then
            { }
          else
            throw "lib.filesystem.packagesFromDirectoryRecursive: Unsupported file type ${type} at path ${toString path}"
        ) (readDir directory);
    in
    if pathExists (directory + "/package.nix") then
      callPackage (directory + "/package.nix") { }
    else if newScope == null then
      lib.recurseIntoAttrs (contents args)
    else
      lib.recurseIntoAttrs (
        lib.makeScope newScope (self: contents { inherit (self) callPackage newScope; })
      );
}
