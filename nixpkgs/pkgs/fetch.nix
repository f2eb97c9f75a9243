# Fetching by hash: fixed-output derivations.
{
  lib,
  system,
  derivations,
  pkgs,
}:
let
  hashOf =
    {
      hash ? "",
      sha256 ? "",
      sha512 ? "",
      ...
    }:
    if hash != "" then
      {
        outputHash = hash;
        outputHashAlgo = if lib.hasInfix "-" hash || lib.hasInfix ":" hash then null else "sha256";
      }
    else if sha512 != "" then
      {
        outputHash = sha512;
        outputHashAlgo = "sha512";
      }
    else
      {
        outputHash = sha256;
        outputHashAlgo = "sha256";
      };

  fileName = url: lib.strings.sanitizeDerivationName (baseNameOf url);
in
rec {
  # One file, as it is.
  fetchurl =
    arguments@{
      url ? builtins.head arguments.urls,
      urls ? [ url ],
      name ? fileName (builtins.head urls),
      executable ? false,
      passthru ? { },
      meta ? { },
      ...
    }:
    derivations.makePackage {
      attributes = {
        inherit name system executable;
        builder = "builtin:fetchurl";
        url = builtins.head urls;
        urls = urls;
        unpack = false;
        outputHashMode = if executable then "recursive" else "flat";
        preferLocalBuild = true;
        impureEnvVars = [
          "http_proxy"
          "https_proxy"
          "no_proxy"
        ];
      }
      // lib.filterAttrs (_: value: value != null) (hashOf arguments);
      passthru = {
        url = builtins.head urls;
      }
      // passthru;
      inherit meta;
    };

  # A zip or tar archive, unpacked; its hash is that of the tree.
  fetchzip =
    arguments@{
      url,
      name ? "source",
      stripRoot ? true,
      ...
    }:
    pkgs.runCommand name
      (
        {
          inherit url;
          nativeBuildInputs = [
            pkgs.curl
            pkgs.cacert
            pkgs.unzip
          ];
          outputHashMode = "recursive";
        }
        // lib.filterAttrs (_: value: value != null) (hashOf arguments)
      )
      ''
        curl --fail --location --silent --show-error --output archive "$url"
        mkdir unpacked
        case $url in
          *.zip) unzip -q archive -d unpacked ;;
          *) tar -xf archive -C unpacked ;;
        esac
        ${if stripRoot then "mv unpacked/* $out" else "mv unpacked $out"}
      '';

  fetchFromGitHub =
    arguments@{
      owner,
      repo,
      rev ? arguments.tag,
      name ? "source",
      ...
    }:
    fetchzip (
      {
        inherit name;
        url = "https://github.com/${owner}/${repo}/archive/${rev}.tar.gz";
      }
      // lib.filterAttrs (
        attribute: _:
        lib.elem attribute [
          "hash"
          "sha256"
          "sha512"
        ]
      ) arguments
    );

  fetchgit =
    { url, rev, ... }:
    builtins.fetchGit { inherit url rev; };
}
