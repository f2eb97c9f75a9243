# Trees of symbolic links, merged without starting a process.
{
  lib,
  system,
  derivations,
  runCommandLocal,
}:
let
  inherit (builtins) concatStringsSep isAttrs;

  flatten = path: if builtins.isList path then lib.concatMap flatten path else [ path ];

  outputsOf =
    extra: path:
    if isAttrs path && path ? outputs then
      [ "${path}" ] ++ lib.concatMap (output: lib.optional (path ? ${output}) "${path.${output}}") extra
    else
      [ "${path}" ];
in
rec {
  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      extraOutputsToInstall ? [ ],
      ignoreCollisions ? false,
      passthru ? { },
      meta ? { },
      postBuild ? "",
      extraPrefix ? "",
      ...
    }:
    let
      merged = derivations.makePackage {
        attributes = {
          inherit name system;
          builder = "builtin:build-env";
          paths = concatStringsSep " " (lib.concatMap (outputsOf extraOutputsToInstall) (flatten paths));
          pathsToLink = concatStringsSep " " pathsToLink;
          ignoreCollisions = if ignoreCollisions then "1" else "";
          prefix = extraPrefix;
        };
        inherit passthru meta;
      };
    in
    if postBuild == "" then merged else withPostBuild merged { inherit name passthru meta; } postBuild;

  # A tree that a command changes after it was merged has to be copied.
  withPostBuild =
    merged: { name, passthru, meta }: postBuild:
    runCommandLocal name { inherit passthru meta; } ''
      cp -a --no-preserve=ownership ${merged} $out
      chmod -R u+w $out
      ${postBuild}
    '';

  symlinkJoin =
    arguments@{
      name ? "${arguments.pname}-${arguments.version}",
      paths,
      postBuild ? "",
      passthru ? { },
      meta ? { },
      ...
    }:
    buildEnv {
      inherit
        name
        paths
        postBuild
        passthru
        meta
        ;
      ignoreCollisions = true;
    };

  # linkFarm "x" { "a/b" = drv; } or [ { name = "a/b"; path = drv; } ]
  linkFarm =
    name: entries:
    let
      list =
        if isAttrs entries then
          lib.mapAttrsToList (entry: path: {
            name = entry;
            inherit path;
          }) entries
        else
          entries;
    in
    runCommandLocal name { } (
      "mkdir -p $out\n"
      + lib.concatMapStrings (entry: ''
        mkdir -p "$out/$(dirname ${lib.escapeShellArg entry.name})"
        ln -s ${lib.escapeShellArg "${entry.path}"} $out/${lib.escapeShellArg entry.name}
      '') list
    );

  linkFarmFromDrvs =
    name: drvs:
    linkFarm name (
      map (drv: {
        inherit (drv) name;
        path = drv;
      }) drvs
    );
}
