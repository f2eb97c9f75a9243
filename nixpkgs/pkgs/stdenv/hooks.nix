# Setup hooks: packages whose shell code joins the builds that have them as an
# input.
{ lib, pkgs }:
let
  makeSetupHook =
    {
      name ? "hook",
      propagatedBuildInputs ? [ ],
      propagatedNativeBuildInputs ? [ ],
      substitutions ? { },
      passthru ? { },
      meta ? { },
      ...
    }:
    script:
    pkgs.runCommand name
      {
        inherit passthru meta;
        propagated = propagatedBuildInputs ++ propagatedNativeBuildInputs;
        hook = pkgs.replaceVarsWith {
          src = script;
          replacements = substitutions;
          name = "${name}.sh";
        };
      }
      ''
        mkdir -p $out/nix-support
        cp "$hook" $out/nix-support/setup-hook
        [ -z "$propagated" ] || echo "$propagated" > $out/nix-support/propagated-build-inputs
      '';
in
{
  inherit makeSetupHook;

  # A command with a compiler.
  runCommandCC =
    name: env: buildCommand:
    pkgs.stdenv.mkDerivation (
      env
      // {
        inherit name buildCommand;
        passAsFile = [ "buildCommand" ] ++ env.passAsFile or [ ];
      }
    );

  autoreconfHook = makeSetupHook {
    name = "autoreconf-hook";
    propagatedBuildInputs = [
      pkgs.autoconf
      pkgs.automake
      pkgs.libtool
    ];
  } (pkgs.writeText "autoreconf.sh" ''
    autoreconfPhase() { runHook preAutoreconf; autoreconf ''${autoreconfFlags:---install --force --verbose}; runHook postAutoreconf; }
    [ -n "''${dontAutoreconf-}" ] || appendToVar preConfigurePhases autoreconfPhase
  '');

  # setup.sh has these already; packages name them as inputs.
  makeWrapper = pkgs.emptyDirectory;
  makeBinaryWrapper = pkgs.emptyDirectory;
  makeShellWrapper = pkgs.emptyDirectory;
  installShellFiles = pkgs.emptyDirectory;
  autoPatchelfHook = pkgs.emptyDirectory;
  stripJavaArchivesHook = pkgs.emptyDirectory;
  updateAutotoolsGnuConfigScriptsHook = pkgs.emptyDirectory;

  removeReferencesTo = pkgs.writeShellScriptBin "remove-references-to" ''
    targets=()
    while [ "''${1-}" = -t ]; do targets+=("$2"); shift 2; done
    for file; do
      for target in "''${targets[@]}"; do
        digest=''${target#/nix/store/}
        digest=''${digest%%-*}
        sed -i "s|$digest|eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee|g" "$file"
      done
    done
  '';
}
