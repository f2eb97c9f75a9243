# Calling package functions with the arguments they ask for, and changing
# packages afterwards.
{ lib }:
let
  inherit (builtins)
    attrNames
    filter
    intersectAttrs
    isAttrs
    isFunction
    listToAttrs
    mapAttrs
    ;

  crossNames = [ "buildBuild" "buildHost" "buildTarget" "hostHost" "hostTarget" "targetTarget" ];

  # The names that the missing ones may have been meant to be.
  hint =
    missing: names:
    let
      near = lib.modules.messages.nearest missing names;
    in
    if near == [ ] then "" else ", did you mean ${lib.modules.messages.alternatives near}?";

  reportMissing =
    autoArgs: f: missing:
    let
      pos = builtins.unsafeGetAttrPos missing (lib.functionArgs f);
      where = if pos == null then "" else " at ${pos.file}:${toString pos.line}";
    in
    throw ''lib.customisation.callPackageWith: Function called without required argument "${missing}"${where}${
      hint missing (attrNames autoArgs)
    }'';
in
rec {
  # overrideDerivation :: package -> (attrs -> attrs) -> package
  # Changes the arguments of `derivation` itself; overrideAttrs is usually better.
  overrideDerivation =
    drv: f:
    let
      changed = derivation (drv.drvAttrs // f drv);
    in
    lib.flip (extendDerivation (builtins.seq drv.drvPath true)) changed (
      {
        meta = drv.meta or { };
        passthru = drv.passthru or { };
      }
      // (drv.passthru or { })
    );

  # makeOverridable :: (args -> a) -> args -> a
  # The result gets `override`, which calls the function again with other arguments.
  makeOverridable =
    f:
    let
      mirror = if lib.isFunction f then lib.mirrorFunctionArgs f else (g: g);
      overridable = mirror (
        origArgs:
        let
          result = f origArgs;
          newArgs = change: origArgs // (if lib.isFunction change then change origArgs else change);
          override = mirror (change: overridable (newArgs change));
          # Applies a change to the result, now and after every later override.
          changeResult = g: makeOverridable (mirror (args: g (f args))) origArgs;
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = change: changeResult (drv: overrideDerivation drv change);
          }
          // lib.optionalAttrs (result ? overrideAttrs) {
            overrideAttrs = change: changeResult (drv: drv.overrideAttrs change);
          }
        else if isFunction result then
          lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
        else
          result
      );
    in
    overridable;

  # callPackageWith :: scope -> (function | path) -> args -> package
  # Calls a function with those of its arguments that the scope has.
  callPackageWith =
    autoArgs: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      formals = lib.functionArgs f;
      given = intersectAttrs formals autoArgs // args;
      missing = filter (name: !formals.${name} && !(given ? ${name})) (attrNames formals);
    in
    if missing == [ ] then makeOverridable f given else reportMissing autoArgs f (lib.head missing);

  # callPackagesWith :: scope -> (function | path) -> args -> { name = package; }
  # For functions that return a set of packages; each gets its own `override`.
  callPackagesWith =
    autoArgs: fn: args:
    let
      f = if lib.isFunction fn then fn else import fn;
      given = intersectAttrs (lib.functionArgs f) autoArgs // args;
      pkgs = f given;
      one = name: makeOverridable (lib.mirrorFunctionArgs f (newArgs: (f newArgs).${name})) given;
    in
    if pkgs ? override || pkgs.type or null == "derivation" then
      throw "callPackages was called on a package; use callPackage"
    else
      mapAttrs (name: _: one name) pkgs;

  # extendDerivation :: condition -> passthru -> package -> package
  # Adds attributes to a package and to each of its outputs; the condition is
  # checked when a path is asked for.
  extendDerivation =
    condition: passthru: drv:
    let
      outputs = drv.outputs or [ "out" ];
      common =
        drv // listToAttrs outputsList // { all = map (o: o.value) outputsList; } // passthru;
      outputsList = map (outputName: {
        name = outputName;
        value =
          common
          // {
            inherit (drv.${outputName}) type outputName;
            outputSpecified = true;
            drvPath =
              assert condition;
              drv.${outputName}.drvPath;
            outPath =
              assert condition;
              drv.${outputName}.outPath;
          }
          // lib.optionalAttrs (passthru ? overrideAttrs) {
            overrideAttrs = f: (passthru.overrideAttrs f).${outputName};
          };
      }) outputs;
    in
    common
    // {
      drvPath =
        assert condition;
        drv.drvPath;
      outPath =
        assert condition;
        drv.outPath;
    };

  # extendMkDerivation :: { constructDrv; excludeDrvArgNames ? [ ]; extendDrvArgs; inheritFunctionArgs ? true; transformDrv ? id; } -> function
  # A builder function made from another one, which takes fixed-point arguments too.
  extendMkDerivation =
    {
      constructDrv,
      excludeDrvArgNames ? [ ],
      excludeFunctionArgNames ? [ ],
      extendDrvArgs,
      inheritFunctionArgs ? true,
      transformDrv ? drv: drv,
    }:
    lib.setFunctionArgs
      (
        fpargs:
        transformDrv (
          constructDrv (
            lib.extends (
              final: prev: removeAttrs prev excludeDrvArgNames // extendDrvArgs final prev
            ) (lib.toFunction fpargs)
          )
        )
      )
      (
        removeAttrs (
          (if inheritFunctionArgs then lib.functionArgs constructDrv else { })
          // lib.functionArgs (extendDrvArgs { })
        ) excludeFunctionArgNames
      );

  # hydraJob :: package -> package
  # Only what a build farm needs to know.
  hydraJob =
    drv:
    let
      outputs = drv.outputs or [ "out" ];
      common =
        {
          inherit (drv) name system meta;
          inherit outputs;
        }
        // lib.optionalAttrs (drv._hydraAggregate or false) {
          _hydraAggregate = true;
          constituents = map hydraJob (lib.flatten drv.constituents);
        }
        // listToAttrs outputsList;
      outputsList = map (name: {
        inherit name;
        value = common // {
          outPath = drv.${name}.outPath;
          drvPath = drv.${name}.drvPath;
          type = "derivation";
          outputName = name;
        };
      }) outputs;
    in
    if drv == null then null else common // (lib.head outputsList).value // { inherit (drv) drvPath outPath; };

  # makeScope :: newScope -> (self -> set) -> scope
  # Packages that can refer to each other by name.
  makeScope =
    newScope: f:
    let
      self = f self // {
        newScope = scope: newScope (self // scope);
        callPackage = self.newScope { };
        overrideScope = overlay: makeScope newScope (lib.extends overlay f);
        overrideScope' = overlay: makeScope newScope (lib.extends overlay f);
        packages = f;
      };
    in
    self;

  # makeScopeWithSplicing' :: { splicePackages; newScope; } -> { otherSplices; keep ? ; extra ? ; f; } -> scope
  # For package sets with a build and a host platform.
  makeScopeWithSplicing' =
    { splicePackages, newScope }:
    {
      otherSplices,
      keep ? _: { },
      extra ? _: { },
      f,
    }:
    let
      spliced0 = splicePackages {
        pkgsBuildBuild = otherSplices.selfBuildBuild;
        pkgsBuildHost = otherSplices.selfBuildHost;
        pkgsBuildTarget = otherSplices.selfBuildTarget;
        pkgsHostHost = otherSplices.selfHostHost;
        pkgsHostTarget = self;
        pkgsTargetTarget = otherSplices.selfTargetTarget;
      };
      spliced = extra spliced0 // spliced0 // keep self;
      self = f self // {
        newScope = scope: newScope (spliced // scope);
        callPackage = newScope spliced;
        overrideScope =
          overlay:
          makeScopeWithSplicing' { inherit splicePackages newScope; } {
            inherit otherSplices keep extra;
            f = lib.extends overlay f;
          };
        packages = f;
      };
    in
    self;

  makeScopeWithSplicing =
    splicePackages: newScope: otherSplices: keep: extra: f:
    makeScopeWithSplicing' { inherit splicePackages newScope; } { inherit otherSplices keep extra f; };

  # mapCrossIndex, renameCrossIndexFrom, renameCrossIndexTo
  # Package sets by build and host platform: buildBuild, buildHost, ...
  mapCrossIndex =
    f: index:
    mapAttrs (_: f) {
      inherit (index)
        buildBuild
        buildHost
        buildTarget
        hostHost
        hostTarget
        targetTarget
        ;
    };

  renameCrossIndexFrom =
    prefix: index:
    lib.genAttrs crossNames (name: index."${prefix}${lib.toUpper (lib.substring 0 1 name)}${lib.substring 1 (-1) name}");

  renameCrossIndexTo =
    prefix: index:
    lib.mapAttrs' (
      name: value:
      lib.nameValuePair "${prefix}${lib.toUpper (lib.substring 0 1 name)}${lib.substring 1 (-1) name}" value
    ) (intersectAttrs (lib.genAttrs crossNames (_: null)) index);
}
