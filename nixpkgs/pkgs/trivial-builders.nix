# Small derivations made of text: files, scripts and commands.
#
# Plain text needs no process: berth writes it itself (builtin:write-text).
{
  lib,
  system,
  derivations,
  bash,
  runtimeShell,
  defaultBuildInputs,
}:
let
  inherit (builtins) concatStringsSep toJSON;
  inherit (lib) optionalString toList;

  writeTextWith =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      passthru ? { },
      meta ? { },
      derivationArgs ? { },
      ...
    }@arguments:
    if checkPhase != "" then
      checkedText arguments
    else
      derivations.makePackage {
        attributes = derivationArgs // {
          inherit
            name
            system
            text
            destination
            ;
          builder = "builtin:write-text";
          executable = if executable then "1" else "";
        };
        inherit passthru meta;
      };

  # Text that a command looks at before it is accepted.
  checkedText =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase,
      passthru ? { },
      meta ? { },
      derivationArgs ? { },
      ...
    }:
    runCommand name
      (
        derivationArgs
        // {
          inherit
            text
            passthru
            meta
            ;
          passAsFile = [ "text" ] ++ derivationArgs.passAsFile or [ ];
        }
      )
      ''
        target=$out${lib.escapeShellArg destination}
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        ${optionalString executable ''chmod +x "$target"''}
        ${checkPhase}
      '';

  executableText =
    arguments@{
      name,
      meta ? { },
      ...
    }:
    writeTextWith (
      {
        executable = true;
        destination = "/bin/${name}";
      }
      // arguments
      // {
        meta = {
          mainProgram = name;
        }
        // meta;
      }
    );

  runCommand =
    name: env: buildCommand:
    runWith {
      inherit name env buildCommand;
    };

  # A command in a sandbox with the basic tools and the given build inputs.
  runWith =
    {
      name,
      env,
      buildCommand,
    }:
    let
      inputs =
        (env.nativeBuildInputs or [ ]) ++ (env.buildInputs or [ ]) ++ defaultBuildInputs;
      attributes = removeAttrs env [
        "passthru"
        "meta"
        "pname"
        "version"
      ];
    in
    derivations.makePackage {
      pname = env.pname or null;
      version = env.version or null;
      attributes = attributes // {
        inherit name system buildCommand;
        builder = "${bash}/bin/bash";
        args = [
          "-e"
          commandRunner
        ];
        PATH = lib.makeBinPath inputs;
        recordParts = !(env ? outputHash);
        passAsFile = [ "buildCommand" ] ++ env.passAsFile or [ ];
      };
      passthru = env.passthru or { };
      meta = env.meta or { };
    };

  commandRunner = writeText "run-command" ''
    set -eu -o pipefail
    set +u
    if [ -e .attrs.sh ]; then . .attrs.sh; fi
    export SHELL=$BASH HOME=''${TMPDIR:-/tmp}
    . "$buildCommandPath"
  '';

  writeText = name: text: writeTextWith { inherit name text; };
in
rec {
  inherit writeText runCommand;

  writeTextFile = writeTextWith;

  runCommandLocal = name: env: runCommand name (env // { preferLocalBuild = true; });
  runCommandNoCC = runCommand;
  runCommandWith =
    {
      name,
      derivationArgs ? { },
      ...
    }:
    runCommand name derivationArgs;

  writeTextDir =
    path: text:
    writeTextWith {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };

  writeScript =
    name: text:
    writeTextWith {
      inherit name text;
      executable = true;
    };

  writeScriptBin = name: text: executableText { inherit name text; };

  writeShellScript =
    name: text:
    writeTextWith {
      inherit name;
      executable = true;
      text = "#!${runtimeShell}\n${text}\n";
    };

  writeShellScriptBin =
    name: text:
    executableText {
      inherit name;
      text = "#!${runtimeShell}\n${text}\n";
    };

  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      runtimeEnv ? null,
      meta ? { },
      passthru ? { },
      checkPhase ? null,
      excludeShellChecks ? [ ],
      extraShellCheckFlags ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      derivationArgs ? { },
      inheritPath ? true,
    }:
    executableText {
      inherit
        name
        meta
        passthru
        derivationArgs
        ;
      text =
        "#!${runtimeShell}\n"
        + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + optionalString (runtimeEnv != null) (
          lib.concatMapStrings (variable: "${variable}\nexport ${lib.head (lib.splitString "=" variable)}\n") (
            lib.mapAttrsToList lib.toShellVar runtimeEnv
          )
        )
        + optionalString (runtimeInputs != [ ]) (
          "export PATH=\"${lib.makeBinPath runtimeInputs}" + optionalString inheritPath ":$PATH" + "\"\n"
        )
        + "\n${text}";
      checkPhase =
        if checkPhase != null then
          checkPhase
        else
          ''
            ${runtimeShell} -n "$target"
          '';
    };

  writeReferencesToFile =
    path: writeText "references" (concatStringsSep "\n" (toList "${path}") + "\n");

  concatTextFile =
    {
      name,
      files,
      executable ? false,
      destination ? "",
      meta ? { },
      passthru ? { },
      ...
    }:
    runCommandLocal name { inherit files meta passthru; } ''
      target=$out${lib.escapeShellArg destination}
      mkdir -p "$(dirname "$target")"
      cat $files > "$target"
      ${optionalString executable ''chmod +x "$target"''}
    '';
  concatText = name: files: concatTextFile { inherit name files; };
  concatScript =
    name: files:
    concatTextFile {
      inherit name files;
      executable = true;
    };

  emptyFile = writeText "empty-file" "";
  emptyDirectory = runCommandLocal "empty-directory" { } "mkdir $out";

  # Replaces @name@ by the value of each attribute.
  replaceVars =
    source: replacements:
    replaceVarsWith {
      src = source;
      inherit replacements;
    };

  replaceVarsWith =
    {
      src,
      replacements,
      name ? null,
      isExecutable ? false,
      ...
    }:
    substitution {
      inherit src isExecutable;
      name = if name != null then name else sourceName src;
      pairs = lib.mapAttrsToList (variable: value: {
        from = "@${variable}@";
        to = "${toString value}";
      }) (lib.filterAttrs (_: value: value != null) replacements);
    };

  # The older interface: attributes that are not its own are the variables.
  substituteAll =
    arguments@{
      src,
      name ? sourceName src,
      isExecutable ? false,
      ...
    }:
    substitution {
      inherit src name isExecutable;
      pairs = lib.mapAttrsToList (variable: value: {
        from = "@${variable}@";
        to = "${toString value}";
      }) (removeAttrs arguments [ "isExecutable" ]);
    };

  substitution =
    {
      name,
      src,
      pairs,
      isExecutable,
    }:
    derivations.makePackage {
      attributes = {
        inherit name system;
        builder = "builtin:substitute";
        src = "${src}";
        substitutions = toJSON pairs;
        executable = if isExecutable then "1" else "";
      };
    };

  sourceName =
    source:
    lib.strings.sanitizeDerivationName (
      if lib.isDerivation source then source.name else baseNameOf (toString source)
    );

}
