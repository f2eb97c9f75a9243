# Go programs. Their modules come as one fixed-output tree: what `go mod vendor`
# writes, so that hashes are those of nixpkgs, or with proxyVendor the cache of
# `go mod download`. GOPROXY and proxies are taken from the caller's environment.
{ lib, pkgs }:
let
  # What the caller's environment may say about the network.
  networkVariables = [
    "http_proxy"
    "https_proxy"
    "ftp_proxy"
    "all_proxy"
    "no_proxy"
    "GOPROXY"
    "GONOSUMDB"
    "GONOSUMCHECK"
    "GOSUMDB"
    "GIT_PROXY_COMMAND"
    "SOCKS_SERVER"
  ];

  goVariables = ''
    export GOCACHE=$TMPDIR/go-cache GOPATH=$TMPDIR/go GOTOOLCHAIN=local GO111MODULE=on
  '';

  buildGoModule =
    arguments:
    pkgs.stdenv.mkDerivation (
      final: attributes (if builtins.isFunction arguments then arguments final else arguments)
    );

  attributes =
    arguments@{
      vendorHash ? throw "buildGoModule needs vendorHash; lib.fakeHash shows the right one, null is for a source with a vendor folder",
      go ? pkgs.go,
      proxyVendor ? false,
      modRoot ? "./",
      subPackages ? [ ],
      excludedPackages ? [ ],
      ldflags ? [ ],
      tags ? [ ],
      goSum ? null,
      overrideModAttrs ? (_: { }),
      nativeBuildInputs ? [ ],
      passthru ? { },
      meta ? { },
      ...
    }:
    let
      modules = if vendorHash == null then "" else goModules arguments;
    in
    removeAttrs arguments [
      "overrideModAttrs"
      "goSum"
      "go"
      "vendorHash"
    ]
    // {
      inherit proxyVendor modRoot tags;
      nativeBuildInputs = [ go ] ++ nativeBuildInputs;
      goModules = modules;
      subPackages = map toString subPackages;
      excludedPackages = lib.toList excludedPackages;
      ldflags = lib.toList ldflags;
      CGO_ENABLED = toString (arguments.env.CGO_ENABLED or arguments.CGO_ENABLED or 1);
      GOFLAGS = toString (
        (arguments.GOFLAGS or [ ])
        ++ lib.optional (!lib.elem "-trimpath" (lib.toList (arguments.GOFLAGS or [ ])) && !(arguments.allowGoReference or false)) "-trimpath"
        ++ [ (if proxyVendor || vendorHash != null && proxyVendor then "-mod=mod" else "-mod=vendor") ]
      );
      doCheck = arguments.doCheck or true;
      strictDeps = true;

      configurePhase =
        arguments.configurePhase or ''
          runHook preConfigure
          ${goVariables}
          export GOPROXY=off GOSUMDB=off
          cd "$modRoot"
          if [ -n "$goModules" ]; then
            if [ -n "$proxyVendor" ]; then
              export GOPROXY=file://$goModules
            else
              rm -rf vendor
              cp -r --reflink=auto "$goModules" vendor
              chmod -R u+w vendor
            fi
          fi
          runHook postConfigure
        '';

      buildPhase =
        arguments.buildPhase or ''
          runHook preBuild
          goPackages() {
            if [ -n "$subPackages" ]; then for package in $subPackages; do echo "./''${package#./}"; done; return; fi
            local skip
            skip=$(printf '/%s$|' testdata _ ''${excludedPackages})
            go list -f '{{.Dir}}' ./... | grep -Ev "''${skip%|}" || true
          }
          flags=(-p "$NIX_BUILD_CORES")
          [ -z "$tags" ] || flags+=(-tags "$(echo $tags | tr ' ' ,)")
          linker=($ldflags -buildid=)
          for package in $(goPackages); do
            echo "building $package"
            go install "''${flags[@]}" -ldflags "''${linker[*]}" "$package"
          done
          runHook postBuild
        '';

      checkPhase =
        arguments.checkPhase or ''
          runHook preCheck
          export GOFLAGS=''${GOFLAGS//-trimpath/}
          for package in $(goPackages); do go test "''${flags[@]}" -vet=off $checkFlags "$package"; done
          runHook postCheck
        '';

      installPhase =
        arguments.installPhase or ''
          runHook preInstall
          mkdir -p $out
          [ ! -d "$GOPATH/bin" ] || cp -r "$GOPATH/bin" $out/
          runHook postInstall
        '';

      disallowedReferences = lib.optional (!(arguments.allowGoReference or false)) go;

      passthru = {
        inherit go vendorHash;
        goModules = modules;
      }
      // passthru;
      meta = {
        platforms = lib.platforms.linux or [ ];
      }
      // meta;
    };

  goModules =
    arguments@{
      vendorHash,
      go ? pkgs.go,
      proxyVendor ? false,
      modRoot ? "./",
      overrideModAttrs ? (_: { }),
      nativeBuildInputs ? [ ],
      ...
    }:
    let
      base = {
        name =
          (arguments.name or (arguments.pname + lib.optionalString (arguments ? version) "-${arguments.version}"))
          + "-go-modules";
        inherit modRoot proxyVendor;
        inherit (arguments) src;
        nativeBuildInputs = [
          go
          pkgs.git
          pkgs.cacert
        ]
        ++ nativeBuildInputs;
        impureEnvVars = networkVariables;
        configurePhase = ''
          runHook preConfigure
          ${goVariables}
          cd "$modRoot"
          runHook postConfigure
        '';
        buildPhase = ''
          runHook preBuild
          [ ! -d vendor ] || [ -n "$deleteVendor" ] || { echo "the source has a vendor folder; set vendorHash = null" >&2; exit 10; }
          if [ -n "$proxyVendor" ]; then
            go mod download
          else
            go mod vendor
          fi
          mkdir -p vendor
          runHook postBuild
        '';
        installPhase = ''
          runHook preInstall
          if [ -n "$proxyVendor" ]; then
            rm -rf "$GOPATH/pkg/mod/cache/download/sumdb"
            cp -r --reflink=auto "$GOPATH/pkg/mod/cache/download" $out
          else
            cp -r --reflink=auto vendor $out
          fi
          runHook postInstall
        '';
        dontFixup = true;
        outputHashMode = "recursive";
        outputHash = vendorHash;
        outputHashAlgo = if vendorHash == "" then "sha256" else null;
      }
      // lib.getAttrs (lib.filter (name: arguments ? ${name}) [
        "sourceRoot"
        "setSourceRoot"
        "prePatch"
        "patches"
        "patchFlags"
        "postPatch"
        "preBuild"
        "deleteVendor"
      ]) arguments;
      kept = lib.filterAttrs (_: value: value != null) base;
    in
    pkgs.stdenv.mkDerivation (kept // overrideModAttrs kept);
in
{
  inherit buildGoModule;
  buildGo124Module = buildGoModule;
  buildGo125Module = buildGoModule;
}
