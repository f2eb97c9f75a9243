# Derivations without looking at them too early.
{ lib }:
{
  # lazyDerivation :: { derivation; meta ? ; passthru ? ; outputs ? [ "out" ]; } -> package
  # A package whose attribute names are known before the derivation is evaluated.
  lazyDerivation =
    args@{
      derivation,
      meta ? null,
      passthru ? { },
      outputs ? [ "out" ],
    }:
    let
      checked =
        if derivation.type or null != "derivation" then
          throw "lazyDerivation: the derivation must be one"
        else if !(builtins.all (o: builtins.elem o derivation.outputs) outputs && builtins.length outputs == builtins.length derivation.outputs) then
          throw "lazyDerivation: ${derivation.name} has the outputs ${toString derivation.outputs}, but ${toString outputs} were announced"
        else
          derivation;
    in
    {
      type = "derivation";
      inherit (checked)
        outPath
        outputName
        drvPath
        name
        system
        ;
      inherit outputs;
    }
    // lib.optionalAttrs (args ? meta) { inherit meta; }
    // lib.genAttrs outputs (name: checked.${name})
    // passthru;

  # optionalDrvAttr :: bool -> a -> (a | null)
  # null attributes do not reach a derivation's environment.
  optionalDrvAttr = cond: value: if cond then value else null;

  # warnOnInstantiate :: message -> package -> package
  # Warns when the package is used, not when it is listed.
  warnOnInstantiate =
    message: drv:
    let
      outputs = drv.outputs or [ "out" ];
    in
    drv
    // builtins.mapAttrs (_: lib.warn message) (
      builtins.intersectAttrs {
        drvPath = null;
        outPath = null;
      } drv
    )
    // lib.genAttrs (builtins.filter (o: drv ? ${o}) outputs) (
      o: drv.${o} // { outPath = lib.warn message drv.${o}.outPath; }
    );
}
