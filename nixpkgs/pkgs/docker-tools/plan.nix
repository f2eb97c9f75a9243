# From the arguments of an image to the derivation of its plan.
{
  lib,
  pkgs,
  system,
  derivations,
  base,
}:
let
  inherit (builtins) concatStringsSep isList toJSON;

  text = value: if value == null then "" else "${value}";
  flag = value: if value then "1" else "";

  # Steps of a layering pipeline, as a list or in a JSON file.
  steps =
    pipeline:
    if pipeline == null then
      ""
    else if isList pipeline then
      toJSON pipeline
    else
      builtins.readFile pipeline;

  # The tree of contents after the image's commands, with the owners they gave.
  # The commands run as root of a namespace of their own: what they change
  # the owner of, has that owner in the image.
  customise =
    {
      baseName,
      contents,
      extraCommands,
      fakeRootCommands,
      enableFakechroot,
    }:
    pkgs.runCommand "${baseName}-files"
      {
        requiredSystemFeatures = [ "uid-range" ];
        inherit contents extraCommands fakeRootCommands;
        passAsFile = [
          "extraCommands"
          "fakeRootCommands"
        ];
        inChroot = flag enableFakechroot;
        nativeBuildInputs = lib.optional enableFakechroot pkgs.util-linux;
      }
      (builtins.readFile ./customise.sh);
in
{
  inherit base;

  planOf =
    {
      name,
      tag,
      contents,
      copyContents,
      config,
      architecture,
      created,
      mtime,
      uid,
      gid,
      uname,
      gname,
      maxLayers,
      extraCommands,
      fakeRootCommands,
      enableFakechroot,
      includeStorePaths,
      includeNixDB,
      fromImage,
      layeringPipeline,
    }:
    let
      baseName = lib.strings.sanitizeDerivationName (baseNameOf name);
      trees = concatStringsSep " " (
        map (tree: "${tree}") (lib.filter (tree: tree != null) (lib.toList contents))
      );
      configText = if config == null then "{}" else toJSON config;
      root = derivation {
        name = "${baseName}-contents";
        inherit system;
        builder = "builtin:image-contents";
        contents = trees;
        config = configText;
        copy = flag copyContents;
        includeNixDB = flag includeNixDB;
      };
      customised =
        if extraCommands == "" && fakeRootCommands == "" then
          ""
        else
          "${customise {
            inherit
              baseName
              extraCommands
              fakeRootCommands
              enableFakechroot
              ;
            contents = root;
          }}";
    in
    assert lib.assertMsg (maxLayers > 1) "dockerTools: maxLayers must be greater than 1, and is ${toString maxLayers}";
    derivation {
      name = "${baseName}-image";
      inherit
        system
        root
        customised
        architecture
        created
        mtime
        uname
        gname
        base
        ;
      builder = "builtin:image-plan";
      imageName = lib.toLower name;
      imageTag = text tag;
      contents = trees;
      config = configText;
      uid = toString uid;
      gid = toString gid;
      maxLayers = toString maxLayers;
      layeringPipeline = steps layeringPipeline;
      includeStorePaths = flag includeStorePaths;
      fromImage = text fromImage;
    };

  # The tag of an image that was given none: the hash of its plan.
  tagOf =
    tag: plan:
    if tag != null then
      tag
    else
      lib.head (lib.splitString "-" (baseNameOf (builtins.unsafeDiscardStringContext plan.outPath)));
}
