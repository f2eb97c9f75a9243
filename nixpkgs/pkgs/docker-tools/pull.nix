# pullImage: an image of a registry, fetched by its digest. The result is the
# docker archive that skopeo makes of it, so hashes made for nixpkgs hold.
{
  lib,
  pkgs,
  system,
  derivations,
}:
let
  fileName =
    name: lib.replaceStrings [ "/" ":" ] [ "-" "-" ] name;

  pull =
    arguments@{
      imageName,
      imageDigest,
      sha256 ? "",
      hash ? "",
      os ? "linux",
      arch ? pkgs.hostPlatform.go.GOARCH,
      variant ? "",
      tlsVerify ? true,
      finalImageName ? imageName,
      finalImageTag ? "latest",
      name ? fileName "docker-image-${finalImageName}-${finalImageTag}.tar",
    }:
    derivations.makePackage {
      attributes = {
        inherit
          name
          system
          imageName
          imageDigest
          finalImageName
          finalImageTag
          os
          arch
          variant
          ;
        tlsVerify = if tlsVerify then "1" else "";
        builder = "builtin:image-pull";
        outputHashMode = "flat";
        outputHash = if hash != "" then hash else sha256;
      }
      // lib.optionalAttrs (hash == "") { outputHashAlgo = "sha256"; };
      passthru = {
        inherit imageName imageDigest;
        imageTag = finalImageTag;
        destNameTag = "${finalImageName}:${finalImageTag}";
      };
    };
in
{
  pullImage = lib.makeOverridable pull;
}
