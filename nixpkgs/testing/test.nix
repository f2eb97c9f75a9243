# What a test is besides its machines: name, script, limits.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (import ../modules/declare.nix { inherit lib; }) accepted flag;

  # A script that is a function gets the arguments it names.
  call =
    script:
    let
      available = {
        nodes = lib.mapAttrs (_: withOldName) config.nodes;
        containers = lib.mapAttrs (_: withOldName) config.containers;
      };
      # Older scripts write nodes.x.config for nodes.x.
      withOldName = machine: machine // { config = machine; };
      wanted = lib.functionArgs script;
    in
    if wanted == { } then script available else script (builtins.intersectAttrs wanted available);
in
{
  options = {
    name = mkOption {
      type = types.str;
      description = "The name of the test.";
    };
    testScript = mkOption {
      type = types.either types.str (types.functionTo types.str);
      description = "The Python script, or a function of { nodes, ... } that gives it.";
    };
    testScriptString = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      default = if builtins.isString config.testScript then config.testScript else call config.testScript;
      description = "The script as text.";
    };
    globalTimeout = mkOption {
      type = types.ints.unsigned;
      default = 3600;
      example = 600;
      description = "How many seconds the whole test may take.";
    };
    skipLint = flag false "Whether the script is not looked over before it runs.";
    skipTypeCheck = flag false "Whether the script's types are not checked.";
    enableOCR = flag false "Accepted: machines have no screen.";
    enableDebugHook = flag false "Whether a failure stops and waits for a debugger.";
    extraPythonPackages = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
      defaultText = lib.literalExpression "ps: [ ]";
      example = lib.literalExpression "ps: [ ps.requests ]";
      description = "Packages that the script can import.";
    };
    extraDriverArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Accepted and not used.";
    };
    logLevel = mkOption {
      type = types.enum [
        "debug"
        "info"
        "warning"
        "error"
      ];
      default = "info";
      description = "What the log shows.";
    };
    requiredFeatures = mkOption {
      type = types.attrsOf types.bool;
      default = { };
      description = "Accepted: tests need no features of a builder.";
    };
    sshBackdoor = accepted "Accepted: `berth exec` reaches every machine.";
    qemu = accepted "Accepted: machines are not emulated.";
    meta = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf types.raw;
        options = {
          maintainers = mkOption {
            type = types.listOf types.raw;
            default = [ ];
            description = "Who looks after the test.";
          };
          timeout = mkOption {
            type = types.nullOr types.int;
            default = 3600;
            description = "How many seconds a build of the test may take.";
          };
          broken = flag false "Whether the test is known to fail.";
        };
      };
      default = { };
      description = "Data about the test.";
    };
    passthru = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      description = "Further attributes of the test's derivation.";
    };
    hostPkgs = mkOption {
      type = types.raw;
      description = "The package set of what runs the test.";
    };
    interactive = mkOption {
      type = types.deferredModule;
      default = { };
      description = "Settings that apply to the interactive driver only.";
    };
    isInteractive = mkOption {
      type = types.bool;
      default = false;
      internal = true;
      description = "Whether this is the interactive variant of the test.";
    };
  };
}
