# The standard environment: mkDerivation runs the phases over Debian packages.
#
# What is built here needs at run time what its files name: store paths, found
# by their digests, and files of Debian packages, which berth looks for after
# the build (recordParts) and lists in $out/nix-support/parts.
{
  lib,
  system,
  platform,
  derivations,
  pkgs,
}:
let
  # What every build finds on its PATH.
  initialPath = [
    pkgs.bash
    pkgs.coreutils
    pkgs.findutils
    pkgs.diffutils
    pkgs.gnused
    pkgs.gnugrep
    pkgs.gawk
    pkgs.gnutar
    pkgs.gzip
    pkgs.bzip2
    pkgs.xz
    pkgs.gnumake
    pkgs.gnupatch
  ];

  setup = pkgs.writeText "setup.sh" (
    lib.concatMapStringsSep "\n" builtins.readFile [
      ./setup.sh
      ./build-systems.sh
      ./substitute.sh
      ./wrap.sh
      ./fixup.sh
    ]
    + "\nfindInputs\n"
  );

  runner = pkgs.writeText "builder.sh" ''
    . ${setup}
    genericBuild
  '';

  inputNames = [
    "nativeBuildInputs"
    "buildInputs"
    "propagatedBuildInputs"
    "propagatedNativeBuildInputs"
    "nativeCheckInputs"
    "checkInputs"
    "nativeInstallCheckInputs"
    "installCheckInputs"
    "depsBuildBuild"
  ];

  environment =
    { name, compiler }:
    let
      self = {
        inherit
          initialPath
          system
          name
          mkDerivation
          ;
        shell = pkgs.runtimeShell;
        shellPackage = pkgs.bash;
        hostPlatform = platform;
        buildPlatform = platform;
        targetPlatform = platform;
        inherit (platform)
          isLinux
          isDarwin
          isx86_64
          isAarch64
          ;
        cc = pkgs.gcc;
        hasCC = compiler != [ ];
        override = _: self;
      };

      # A fixed point: mkDerivation (finalAttrs: { ... }) sees the result.
      mkDerivation =
        arguments:
        if builtins.isFunction arguments then
          lib.fix (final: build (arguments final) arguments)
        else
          build arguments (_: arguments);

      inputsOf =
        arguments: names:
        lib.filter (input: input != null) (lib.flatten (map (input: arguments.${input} or [ ]) names));

      build =
        arguments: again:
        let
          structured = arguments.__structuredAttrs or false;
          # Tests need their inputs only where tests run.
          used = lib.filter (
            input:
            (arguments.doCheck or false || !lib.hasSuffix "heckInputs" input || lib.hasInfix "nstallCheck" input)
            && (arguments.doInstallCheck or false || !lib.hasInfix "nstallCheck" input)
          ) inputNames;
          attributes =
            removeAttrs arguments (
              [
                "passthru"
                "meta"
              ]
              ++ lib.optional (!structured) "env"
            )
            // lib.optionalAttrs (!structured) (arguments.env or { });
          package = derivations.makePackage {
            pname = arguments.pname or null;
            version = arguments.version or null;
            attributes =
              attributes
              // {
                inherit system;
                outputs = arguments.outputs or [ "out" ];
                builder = arguments.realBuilder or pkgs.runtimeShell;
                args = arguments.args or [
                  "-e"
                  (arguments.builder or runner)
                ];
                stdenv = setup;
                PATH = lib.makeBinPath (inputsOf arguments used ++ compiler ++ initialPath);
                recordParts = !(arguments ? outputHash);
              }
              // lib.genAttrs (lib.filter (input: arguments ? ${input}) inputNames) (
                input: if lib.elem input used then inputsOf arguments [ input ] else [ ]
              );
            passthru = arguments.passthru or { };
            meta = arguments.meta or { };
          };
          changed = change: mkDerivation (final: rebuilt change (again final) final);
          all = {
            overrideAttrs = changed;
            finalPackage = package // all;
          };
        in
        package // all // { stdenv = self; };

      rebuilt =
        change: old: final:
        old
        // (
          if builtins.isFunction change then
            let
              once = change old;
            in
            if builtins.isFunction once then change final old else once
          else
            change
        );
    in
    self;
in
{
  stdenvNoCC = environment {
    name = "stdenv-no-cc";
    compiler = [ ];
  };
  stdenv = environment {
    name = "stdenv";
    compiler = [
      pkgs.gcc
      pkgs.binutils
    ];
  };
}
