# Programs for Node.js. What package-lock.json names is fetched as one
# fixed-output folder of archives, and `npm ci` then installs from there.
#
# npmDepsHash is the hash of that folder, which is laid out otherwise than in
# nixpkgs, so hashes differ from there.
{ lib, pkgs }:
let
  # Prints "integrity URL" for every archive in the lock file.
  listArchives = pkgs.writeText "list-archives.js" ''
    const lock = JSON.parse(require("fs").readFileSync("package-lock.json"));
    const seen = new Map();
    const visit = (entries) => {
      for (const entry of Object.values(entries || {})) {
        if (entry.resolved && /^https?:/.test(entry.resolved)) seen.set(entry.resolved, entry.integrity || "");
        visit(entry.dependencies instanceof Object && entry.version ? entry.dependencies : {});
      }
    };
    visit(lock.packages || lock.dependencies);
    for (const [url, integrity] of [...seen].sort()) console.log(integrity + " " + url);
  '';

  # Points the lock file at the archives in a folder.
  useArchives = pkgs.writeText "use-archives.js" ''
    const fs = require("fs"), crypto = require("crypto");
    const lock = JSON.parse(fs.readFileSync("package-lock.json"));
    const visit = (entries) => {
      for (const entry of Object.values(entries || {})) {
        if (entry.resolved && /^https?:/.test(entry.resolved)) {
          const name = crypto.createHash("sha256").update(entry.resolved).digest("hex") + ".tgz";
          entry.resolved = "file:" + process.argv[2] + "/" + name;
        }
        visit(entry.dependencies instanceof Object && entry.version ? entry.dependencies : {});
      }
    };
    visit(lock.packages || lock.dependencies);
    fs.writeFileSync("package-lock.json", JSON.stringify(lock, null, 2) + "\n");
  '';

  fetchNpmDeps =
    arguments@{
      hash ? "",
      name ? "npm-deps",
      nativeBuildInputs ? [ ],
      ...
    }:
    pkgs.stdenvNoCC.mkDerivation (
      removeAttrs arguments [ "hash" ]
      // {
        inherit name;
        nativeBuildInputs = [
          pkgs.nodejs-slim
          pkgs.curl
          pkgs.cacert
        ]
        ++ nativeBuildInputs;
        impureEnvVars = [
          "http_proxy"
          "https_proxy"
          "no_proxy"
        ];
        dontConfigure = true;
        dontFixup = true;
        buildPhase = ''
          runHook preBuild
          mkdir archives
          node ${listArchives} | while read -r integrity url; do
            file=archives/$(printf %s "$url" | sha256sum | cut -c1-64).tgz
            curl --fail --location --silent --show-error --retry 3 --output "$file" "$url"
            kind=''${integrity%%-*}
            case $kind in sha1 | sha256 | sha384 | sha512)
              got=$("''${kind}sum" "$file" | cut -d' ' -f1)
              want=$(printf %s "''${integrity#*-}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
              [ "$got" = "$want" ] || { echo "$url is not what package-lock.json says" >&2; exit 1; }
            esac
          done
          runHook postBuild
        '';
        installPhase = "cp -r archives $out";
        outputHashMode = "recursive";
        outputHash = hash;
      }
      // lib.optionalAttrs (hash == "") { outputHashAlgo = "sha256"; }
    );

  buildNpmPackage =
    arguments:
    pkgs.stdenv.mkDerivation (
      final: attributes (if builtins.isFunction arguments then arguments final else arguments)
    );

  attributes =
    arguments@{
      npmDepsHash ? "",
      nodejs ? pkgs.nodejs,
      npmBuildScript ? "build",
      npmFlags ? [ ],
      npmInstallFlags ? [ ],
      npmBuildFlags ? [ ],
      npmPruneFlags ? [ ],
      dontNpmBuild ? false,
      nativeBuildInputs ? [ ],
      ...
    }:
    let
      npmDeps =
        arguments.npmDeps or (fetchNpmDeps (
          {
            inherit (arguments) src;
            name = "${arguments.name or "${arguments.pname}-${arguments.version}"}-npm-deps";
            hash = npmDepsHash;
          }
          // lib.getAttrs (lib.filter (name: arguments ? ${name}) [
            "sourceRoot"
            "prePatch"
            "patches"
            "postPatch"
          ]) arguments
        ));
    in
    removeAttrs arguments [
      "npmDepsHash"
      "nodejs"
    ]
    // {
      inherit
        npmDeps
        npmBuildScript
        npmFlags
        npmInstallFlags
        npmBuildFlags
        npmPruneFlags
        dontNpmBuild
        ;
      nativeBuildInputs = [ nodejs ] ++ nativeBuildInputs;
      buildInputs = [ pkgs.nodejs-slim ] ++ arguments.buildInputs or [ ];

      configurePhase =
        arguments.configurePhase or ''
          runHook preConfigure
          export npm_config_cache=$TMPDIR/npm npm_config_offline=true npm_config_audit=false npm_config_fund=false
          export npm_config_update_notifier=false npm_config_nodedir=/usr
          node ${useArchives} "$npmDeps"
          npm ci --ignore-scripts $npmInstallFlags $npmFlags
          patchShebangs node_modules
          npm rebuild $npmFlags
          runHook postConfigure
        '';
      buildPhase =
        arguments.buildPhase or ''
          runHook preBuild
          if [ -z "$dontNpmBuild" ]; then npm run ''${npmWorkspace:+--workspace=$npmWorkspace} "$npmBuildScript" $npmFlags -- $npmBuildFlags; fi
          runHook postBuild
        '';
      installPhase =
        arguments.installPhase or ''
          runHook preInstall
          packageName=$(node -p 'JSON.parse(require("fs").readFileSync("package.json")).name')
          target=$out/lib/node_modules/$packageName
          mkdir -p "$target"
          npm prune --omit=dev --no-save --ignore-scripts $npmPruneFlags $npmFlags
          npm pack --json --dry-run --loglevel=error --ignore-scripts |
            node -p 'JSON.parse(require("fs").readFileSync(0))[0].files.map((f) => f.path).join("\n")' |
            while read -r file; do install -D "$file" "$target/$file"; done
          [ ! -d node_modules ] || cp -r node_modules "$target/"
          node -p 'const p = JSON.parse(require("fs").readFileSync("package.json")); const b = typeof p.bin === "string" ? { [p.name.split("/").pop()]: p.bin } : p.bin || {}; Object.entries(b).map(([n, f]) => n + " " + f).join("\n")' |
            while read -r program file; do
              [ -n "$program" ] || continue
              mkdir -p $out/bin
              chmod +x "$target/$file"
              ln -s "$target/$file" "$out/bin/$program"
            done
          runHook postInstall
        '';
      passthru = {
        inherit npmDeps;
      }
      // arguments.passthru or { };
    };
in
{
  inherit buildNpmPackage fetchNpmDeps;
}
