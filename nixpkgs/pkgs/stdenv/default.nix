# The standard environment: mkDerivation runs setup.sh over Debian packages.
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

  setup = pkgs.writeText "setup.sh" (builtins.readFile ./setup.sh);

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

      build =
        arguments: again:
        let
          inputs = lib.concatMap (input: arguments.${input} or [ ]) inputNames;
          packages = lib.filter (input: input != null) inputs ++ compiler ++ initialPath;
          attributes =
            removeAttrs arguments [
              "passthru"
              "meta"
              "env"
            ]
            // arguments.env or { };
          outputs = arguments.outputs or [ "out" ];
          package = derivations.makePackage {
            pname = arguments.pname or null;
            version = arguments.version or null;
            attributes =
              attributes
              // {
                inherit system outputs;
                builder = arguments.realBuilder or pkgs.runtimeShell;
                args = arguments.args or [
                  "-e"
                  (if arguments ? builder then arguments.builder else runner)
                ];
                stdenv = setup;
                PATH = lib.makeBinPath packages;
                PKG_CONFIG_PATH = "/usr/lib/pkgconfig:/usr/share/pkgconfig";
              }
              // lib.genAttrs (lib.filter (input: arguments ? ${input}) inputNames) (
                input: lib.filter (value: value != null) arguments.${input}
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
