# buildImage: contents are copied into the image instead of linked. The layers
# are cut as those of the other functions; the files are the same.
{
  lib,
  system,
  derivations,
  plan,
  archiveOf,
}:
let
  build =
    {
      name,
      tag ? null,
      copyToRoot ? null,
      contents ? null,
      config ? null,
      architecture ? null,
      created ? "1970-01-01T00:00:01Z",
      uid ? 0,
      gid ? 0,
      extraCommands ? "",
      runAsRoot ? null,
      includeNixDB ? false,
      fromImage ? null,
      compressor ? "gz",
      # Accepted for compatibility: links to directories are followed where
      # directories meet, no virtual machine is needed, and the first image of
      # an archive is taken.
      keepContentsDirlinks ? false,
      diskSize ? 1024,
      buildVMMemorySize ? 512,
      fromImageName ? null,
      fromImageTag ? null,
      meta ? { },
      passthru ? { },
    }:
    let
      image = plan.planOf {
        inherit
          name
          tag
          config
          created
          uid
          gid
          extraCommands
          includeNixDB
          fromImage
          ;
        architecture =
          if architecture != null then
            architecture
          else if lib.hasPrefix "aarch64" system then
            "arm64"
          else
            "amd64";
        contents =
          if copyToRoot != null then
            copyToRoot
          else if contents != null then
            lib.warn "in dockerTools.buildImage of ${name}, 'contents' is now called 'copyToRoot'" contents
          else
            [ ];
        copyContents = true;
        fakeRootCommands = if runAsRoot == null then "" else runAsRoot;
        enableFakechroot = runAsRoot != null;
        mtime = "1970-01-01T00:00:01Z";
        uname = "root";
        gname = "root";
        maxLayers = 100;
        includeStorePaths = true;
        layeringPipeline = null;
      };
    in
    archiveOf {
      inherit
        name
        compressor
        passthru
        meta
        ;
      inherit image;
      stream = {
        imageName = lib.toLower name;
        imageTag = plan.tagOf tag image;
      };
    };
in
{
  buildImage = lib.makeOverridable build;
}
