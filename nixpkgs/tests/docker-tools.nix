# Container images.
{ lib, pkgs, ... }:
let
  tools = pkgs.dockerTools;
  attributes = drv: drv.drvAttrs;
  image =
    arguments:
    tools.streamLayeredImage (
      {
        name = "Team/App";
        contents = [ pkgs.bash ];
      }
      // arguments
    );
in
{
  "a streamed image is what users of nixpkgs expect" = {
    value = {
      inherit (image { tag = "1"; })
        imageName
        imageTag
        isExe
        name
        ;
      type = lib.isDerivation (image { });
    };
    expected = {
      imageName = "team/app";
      imageTag = "1";
      isExe = true;
      name = "stream-App";
      type = true;
    };
  };

  "an image without a tag has the hash of its plan" = {
    value = (image { }).imageTag == builtins.substring 11 32 (image { }).plan.outPath;
    expected = true;
  };

  "the defaults of nixpkgs" = {
    value = {
      inherit (attributes (image { }).plan)
        created
        mtime
        uid
        uname
        maxLayers
        includeStorePaths
        customised
        fromImage
        ;
    };
    expected = {
      created = "1970-01-01T00:00:01Z";
      mtime = "1970-01-01T00:00:01Z";
      uid = "0";
      uname = "root";
      maxLayers = "100";
      includeStorePaths = "1";
      customised = "";
      fromImage = "";
    };
  };

  "paths in the configuration are in the image" = {
    value = builtins.hasContext (attributes (image { config.Cmd = [ "x" ./default.nix ]; }).plan).config;
    expected = true;
  };

  "commands make a tree of their own" = {
    value = lib.hasSuffix "-App-files" (attributes (image { extraCommands = "true"; }).plan).customised;
    expected = true;
  };

  "an image can be overridden" = {
    value = ((image { }).override { tag = "2"; }).imageTag;
    expected = "2";
  };

  "a stored image has the suffix of its compressor" = {
    value =
      map
        (
          compressor:
          (tools.buildLayeredImage {
            name = "a";
            inherit compressor;
          }).name
        )
        [
          "none"
          "gz"
          "zstd"
        ];
    expected = [
      "a.tar"
      "a.tar.gz"
      "a.tar.zst"
    ];
  };

  "an unknown compressor" = {
    failing =
      (tools.buildLayeredImage {
        name = "a";
        compressor = "rar";
      }).drvPath;
    mentions = [ "rar" ];
  };

  "too few layers" = {
    failing = (image { maxLayers = 1; }).drvPath;
    mentions = [ "maxLayers" ];
  };

  "a pulled image is fetched by its hash" = {
    value =
      let
        pulled = tools.pullImage {
          imageName = "postgres";
          imageDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
          sha256 = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
          finalImageTag = "16";
        };
      in
      {
        inherit (pulled) name imageTag destNameTag;
        inherit (attributes pulled) outputHashMode builder;
      };
    expected = {
      name = "docker-image-postgres-16.tar";
      imageTag = "16";
      destNameTag = "postgres:16";
      outputHashMode = "flat";
      builder = "builtin:image-pull";
    };
  };

  "contents that images like to have" = {
    value = map lib.isDerivation [
      tools.binSh
      tools.usrBinEnv
      tools.caCertificates
      tools.fakeNss
      (tools.streamNixShellImage { drv = pkgs.hello; })
      (tools.buildImage {
        name = "a";
        copyToRoot = pkgs.bash;
      })
    ];
    expected = [
      true
      true
      true
      true
      true
      true
    ];
  };
}
