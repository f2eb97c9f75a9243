# Images with the environment of a derivation's build, for a shell or a command.
{
  lib,
  pkgs,
  streamLayeredImage,
  buildLayeredImage,
}:
let
  inherit (lib) optionalString;

  argumentsOf =
    {
      drv,
      name ? "${drv.name}-env",
      tag ? null,
      uid ? 1000,
      gid ? 1000,
      homeDirectory ? "/build",
      shell ? "${pkgs.bash}/bin/bash",
      command ? null,
      run ? null,
    }:
    assert lib.assertMsg (!(drv.drvAttrs.__structuredAttrs or false))
      "streamNixShellImage: derivations with structured attributes are not supported";
    assert lib.assertMsg (
      command == null || run == null
    ) "streamNixShellImage: give command or run, not both";
    let
      # What is a list or a set in the derivation is text in its environment.
      variables = removeAttrs drv.drvAttrs [
        "name"
        "builder"
        "args"
        "outputs"
      ];
      environment = lib.mapAttrsToList (variable: value: "${variable}=${asText value}") variables;
      asText =
        value:
        if builtins.isList value then
          lib.concatMapStringsSep " " asText value
        else if builtins.isBool value then
          (if value then "1" else "")
        else if value == null then
          ""
        else
          "${toString value}";
      start = pkgs.writeText "start.sh" ''
        cd ${homeDirectory}
        export HOME=${homeDirectory} NIX_BUILD_TOP=${homeDirectory} TMPDIR=${homeDirectory} SHELL=${shell}
        if [ -e "''${stdenv:-}" ]; then set +e; . "$stdenv"; fi
        ${optionalString (run != null) run}
        ${optionalString (command != null) ''
          ${command}
          exit
        ''}
        PS1='\n\[\033[1;32m\][nix-shell:\w]$\[\033[0m\] '
      '';
    in
    {
      inherit name tag;
      contents = [
        pkgs.dockerTools.binSh
        pkgs.dockerTools.usrBinEnv
        pkgs.bash
        pkgs.coreutils
        (pkgs.dockerTools.fakeNss.override {
          extraPasswdLines = [ "nixbld:x:${toString uid}:${toString gid}:Build user:${homeDirectory}:/noshell" ];
          extraGroupLines = [ "nixbld:!:${toString gid}:" ];
        })
      ];
      fakeRootCommands = ''
        mkdir -p .${homeDirectory} tmp
        chown ${toString uid}:${toString gid} .${homeDirectory}
        chmod 1777 tmp
      '';
      config = {
        Cmd = [
          shell
          "--rcfile"
          start
        ];
        User = "${toString uid}:${toString gid}";
        WorkingDir = homeDirectory;
        Env = environment;
      };
    };
in
{
  streamNixShellImage = lib.makeOverridable (arguments: streamLayeredImage (argumentsOf arguments));
  buildNixShellImage = lib.makeOverridable (
    arguments@{
      compressor ? "gz",
      ...
    }:
    buildLayeredImage (
      argumentsOf (removeAttrs arguments [ "compressor" ]) // { inherit compressor; }
    )
  );
}
