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
      outputHash ? "",
      outputHashAlgo ? "sha256",
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
    else if outputHash != "" then
      { inherit outputHash outputHashAlgo; }
    else
      {
        outputHash = sha256;
        outputHashAlgo = "sha256";
      };

  fixed = arguments: lib.filterAttrs (_: value: value != null) (hashOf arguments);

  onlyHash = lib.filterAttrs (
    name: _:
    lib.elem name [
      "hash"
      "sha256"
      "sha512"
      "outputHash"
      "outputHashAlgo"
    ]
  );

  # What the caller's environment may say about the network.
  networkVariables = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
    "GIT_PROXY_COMMAND"
    "SOCKS_SERVER"
  ];

  fileName = url: lib.strings.sanitizeDerivationName (baseNameOf url);

  # mirror://gnu/hello/hello.tar.gz and its like.
  mirrors = {
    gnu = [
      "https://ftpmirror.gnu.org/"
      "https://ftp.gnu.org/gnu/"
    ];
    sourceforge = [ "https://downloads.sourceforge.net/" ];
    savannah = [ "https://download.savannah.gnu.org/releases/" ];
    kernel = [ "https://cdn.kernel.org/pub/" ];
    gnome = [ "https://download.gnome.org/" ];
    apache = [ "https://archive.apache.org/dist/" ];
    pypi = [ "https://files.pythonhosted.org/packages/source/" ];
    cpan = [ "https://cpan.metacpan.org/" ];
    gcc = [ "https://gcc.gnu.org/pub/gcc/" ];
  };

  expandMirror =
    url:
    let
      parts = builtins.match "mirror://([a-z]+)/(.*)" url;
      name = lib.head parts;
    in
    if parts == null then
      [ url ]
    else
      map (base: base + lib.last parts) (
        mirrors.${name} or (throw "fetchurl: there is no list of mirrors '${name}' in ${url}")
      );
in
rec {
  # One file, as it is. With postFetch it is changed by commands first.
  fetchurl =
    arguments@{
      url ? builtins.head arguments.urls,
      urls ? [ url ],
      name ? fileName (builtins.head urls),
      executable ? false,
      recursiveHash ? false,
      postFetch ? "",
      downloadToTemp ? false,
      passthru ? { },
      meta ? { },
      ...
    }:
    let
      addresses = lib.concatMap expandMirror urls;
      plain = derivations.makePackage {
        attributes = {
          inherit name system executable;
          builder = "builtin:fetchurl";
          url = builtins.head addresses;
          urls = addresses;
          unpack = false;
          outputHashMode = if executable then "recursive" else "flat";
          preferLocalBuild = true;
          impureEnvVars = networkVariables;
        }
        // fixed arguments;
        passthru = {
          url = builtins.head addresses;
        }
        // passthru;
        inherit meta;
      };
    in
    if postFetch == "" then
      plain
    else
      fetchWith {
        inherit
          name
          passthru
          meta
          ;
        urls = addresses;
        inputs = arguments.nativeBuildInputs or [ ];
        attributes = fixed arguments // {
          outputHashMode = if recursiveHash || executable then "recursive" else "flat";
        };
        script =
          if downloadToTemp then
            "downloadedFile=$PWD/download\n${postFetch}"
          else
            "cp download $out\n${lib.optionalString executable "chmod +x $out\n"}${postFetch}";
      };

  # A command over the first of some addresses that answers, in ./download.
  fetchWith =
    {
      name,
      urls,
      script,
      attributes,
      inputs ? [ ],
      passthru ? { },
      meta ? { },
    }:
    pkgs.runCommand name
      (
        {
          inherit urls meta;
          nativeBuildInputs = [
            pkgs.curl
            pkgs.cacert
          ]
          ++ inputs;
          impureEnvVars = networkVariables;
          passthru = {
            url = builtins.head urls;
          }
          // passthru;
        }
        // attributes
      )
      ''
        for url in $urls; do
          echo "fetching $url"
          if curl --fail --location --silent --show-error --retry 3 --output download "$url"; then found=$url; break; fi
        done
        [ -n "''${found-}" ] || { echo "no address answered" >&2; exit 1; }
        ${script}
      '';

  # A zip or tar archive, unpacked; its hash is that of the tree.
  fetchzip =
    arguments@{
      url ? builtins.head arguments.urls,
      urls ? [ url ],
      name ? "source",
      stripRoot ? true,
      extension ? "",
      postFetch ? "",
      nativeBuildInputs ? [ ],
      passthru ? { },
      meta ? { },
      ...
    }:
    fetchWith {
      inherit name passthru meta;
      urls = lib.concatMap expandMirror urls;
      inputs = lib.optional (extension == "zip" || lib.hasSuffix ".zip" url) pkgs.unzip ++ nativeBuildInputs;
      attributes = fixed arguments // {
        outputHashMode = "recursive";
      };
      script = ''
        mkdir unpacked
        case ${lib.escapeShellArg (if extension == "" then "" else ".${extension}")}$found in
          *.zip | .zip*) unzip -q download -d unpacked ;;
          *) tar -xf download -C unpacked --mode=+w --warning=no-timestamp ;;
        esac
        chmod -R u+w unpacked
        ${
          if stripRoot then
            ''
              shopt -s dotglob
              entries=(unpacked/*)
              if [ ''${#entries[@]} -ne 1 ] || [ ! -d "''${entries[0]}" ]; then
                echo "the archive does not hold one folder; set stripRoot = false" >&2
                exit 1
              fi
              mv "''${entries[0]}" $out
            ''
          else
            "mv unpacked $out"
        }
        ${postFetch}
        chmod 755 $out
      '';
    };
  fetchtarball = fetchzip;

  # A commit of a git repository as a tree, without its history.
  fetchgit =
    arguments@{
      url,
      rev ? (if tag != null then "refs/tags/${tag}" else "HEAD"),
      tag ? null,
      name ? lib.strings.sanitizeDerivationName (lib.removeSuffix ".git" (baseNameOf url)),
      fetchSubmodules ? true,
      fetchLFS ? false,
      leaveDotGit ? false,
      deepClone ? false,
      sparseCheckout ? [ ],
      postFetch ? "",
      nativeBuildInputs ? [ ],
      passthru ? { },
      meta ? { },
      ...
    }:
    pkgs.runCommand name
      (
        {
          inherit url rev sparseCheckout;
          nativeBuildInputs = [
            pkgs.git
            pkgs.cacert
          ]
          ++ lib.optional fetchLFS pkgs.git-lfs
          ++ nativeBuildInputs;
          outputHashMode = "recursive";
          impureEnvVars = networkVariables;
          inherit meta;
          passthru = {
            inherit tag;
            gitRepoUrl = url;
          }
          // passthru;
        }
        // fixed arguments
      )
      ''
        export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt
        git init --quiet --initial-branch=fetched $out
        cd $out
        git remote add origin "$url"
        ${lib.optionalString (sparseCheckout != [ ]) "git sparse-checkout set $sparseCheckout"}
        ${
          if deepClone then
            "git fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*'"
          else
            ''git fetch --quiet --depth=1 origin "$rev" || git fetch --quiet --tags origin '+refs/heads/*:refs/remotes/origin/*' ''
        }
        git checkout --quiet ${
          if deepClone then ''"$rev"'' else ''"$(git rev-parse --verify --quiet "$rev^{commit}" || git rev-parse FETCH_HEAD)"''
        }
        ${lib.optionalString fetchSubmodules "git submodule update --init --recursive --quiet ${lib.optionalString (!deepClone) "--depth=1"}"}
        ${lib.optionalString fetchLFS "git lfs pull"}
        ${lib.optionalString (!leaveDotGit) "find . -name .git -prune -exec rm -rf {} +"}
        ${postFetch}
      '';

  fetchFromGitHub = fetchFromForge {
    domain = "github.com";
    archive = { base, owner, repo, rev, ... }: "${base}/${owner}/${repo}/archive/${rev}.tar.gz";
    domainArgument = "githubBase";
  };

  fetchFromGitLab = fetchFromForge {
    domain = "gitlab.com";
    archive =
      {
        base,
        owner,
        repo,
        rev,
        ...
      }:
      "${base}/api/v4/projects/${lib.escapeURL "${owner}/${repo}"}/repository/archive.tar.gz?sha=${lib.escapeURL rev}";
    domainArgument = "domain";
  };

  fetchFromGitea = fetchFromForge {
    domain = "codeberg.org";
    archive = { base, owner, repo, rev, ... }: "${base}/${owner}/${repo}/archive/${rev}.tar.gz";
    domainArgument = "domain";
  };

  # A repository on a server that hands out archives of commits; what an
  # archive does not have comes by git.
  fetchFromForge =
    {
      domain,
      archive,
      domainArgument,
    }:
    arguments@{
      owner,
      repo,
      rev ? null,
      tag ? null,
      name ? "source",
      fetchSubmodules ? false,
      leaveDotGit ? false,
      deepClone ? false,
      forceFetchGit ? false,
      sparseCheckout ? [ ],
      fetchLFS ? false,
      postFetch ? "",
      passthru ? { },
      meta ? { },
      ...
    }:
    let
      host = arguments.${domainArgument} or domain;
      base = if lib.hasInfix "://" host then host else "https://${host}";
      revision =
        if rev != null then
          rev
        else if tag != null then
          "refs/tags/${tag}"
        else
          throw "fetching ${owner}/${repo} needs rev or tag";
      byGit =
        fetchSubmodules || leaveDotGit || deepClone || forceFetchGit || fetchLFS || sparseCheckout != [ ];
      common = onlyHash arguments // {
        inherit name postFetch;
        passthru = {
          inherit
            owner
            repo
            tag
            ;
          rev = revision;
          gitRepoUrl = "${base}/${owner}/${repo}.git";
        }
        // passthru;
        meta = {
          homepage = "${base}/${owner}/${repo}";
        }
        // meta;
      };
    in
    if byGit then
      fetchgit (
        common
        // {
          url = "${base}/${owner}/${repo}.git";
          rev = revision;
          inherit
            fetchSubmodules
            leaveDotGit
            deepClone
            sparseCheckout
            fetchLFS
            ;
        }
      )
    else
      fetchzip (
        common
        // {
          url = archive {
            inherit base owner repo;
            rev = revision;
          };
          extension = "tar.gz";
        }
      );
}
