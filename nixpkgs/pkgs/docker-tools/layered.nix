# streamLayeredImage and buildLayeredImage.
{
  lib,
  pkgs,
  system,
  derivations,
  plan,
}:
let
  epoch = "1970-01-01T00:00:01Z";

  # The script that writes the image. In machines berth is at its place; on a
  # host it is looked for on PATH. The store is the one the script is in.
  streamScript = image: ''
    #!/bin/sh
    # Writes the image as a docker archive to standard output.
    berth=''${BERTH:-berth}
    if [ -x /run/berth/berth ]; then berth=/run/berth/berth; fi
    store=$(dirname "$(readlink -f "$0")")
    exec "$berth" image stream --store "$store" "$@" ${image}
  '';

  stream =
    {
      name,
      tag ? null,
      contents ? [ ],
      config ? { },
      architecture ? pkgs.hostPlatform.go.GOARCH,
      created ? epoch,
      mtime ? epoch,
      uid ? 0,
      gid ? 0,
      uname ? "root",
      gname ? "root",
      maxLayers ? 100,
      extraCommands ? "",
      fakeRootCommands ? "",
      enableFakechroot ? false,
      includeStorePaths ? true,
      includeNixDB ? false,
      fromImage ? null,
      layeringPipeline ? null,
      # Accepted for compatibility: `berth image inspect --layers` shows why
      # layers are cut where they are.
      debug ? false,
      meta ? { },
      passthru ? { },
    }:
    let
      image = plan.planOf {
        inherit
          name
          tag
          contents
          config
          architecture
          created
          mtime
          uid
          gid
          uname
          gname
          maxLayers
          extraCommands
          fakeRootCommands
          enableFakechroot
          includeStorePaths
          includeNixDB
          fromImage
          layeringPipeline
          ;
        copyContents = false;
      };
      baseName = lib.strings.sanitizeDerivationName (baseNameOf name);
      script = derivations.makePackage {
        attributes = {
          name = "stream-${baseName}";
          inherit system;
          builder = "builtin:write-text";
          executable = "1";
          destination = "";
          text = streamScript image;
        };
        passthru = passthru // {
          inherit (info) imageName imageTag;
          plan = image;
          conf = image;
          isExe = true;
          streamScript = script;
        };
        inherit meta;
      };
      info = {
        imageName = lib.toLower name;
        imageTag = plan.tagOf tag image;
      };
    in
    script;

  suffixes = {
    none = "";
    gz = ".gz";
    zstd = ".zst";
  };
in
rec {
  streamLayeredImage = lib.makeOverridable stream;

  # An image's archive as a file of the store.
  archiveOf =
    {
      name,
      compressor,
      stream,
      image,
      passthru ? { },
      meta ? { },
    }:
    derivations.makePackage {
      attributes = {
        name = "${lib.strings.sanitizeDerivationName (baseNameOf name)}.tar${
          suffixes.${compressor} or (throw "dockerTools: there is no compressor '${compressor}'; there are none, gz and zstd")
        }";
        inherit system compressor;
        builder = "builtin:image-archive";
        plan = image;
      };
      passthru = passthru // {
        inherit (stream) imageName imageTag;
        inherit stream;
        plan = image;
      };
      inherit meta;
    };

  buildLayeredImage = lib.makeOverridable (
    arguments@{
      name,
      compressor ? "gz",
      meta ? { },
      passthru ? { },
      ...
    }:
    let
      stream = streamLayeredImage (removeAttrs arguments [ "compressor" ]);
    in
    archiveOf {
      inherit
        name
        compressor
        stream
        passthru
        meta
        ;
      image = stream.plan;
    }
  );
}
