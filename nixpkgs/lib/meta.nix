# The `meta` attributes of packages: priorities, platforms, programs, licences.
{ lib }:
let
  inherit (builtins)
    all
    any
    isString
    mapAttrs
    ;

  hasPart = pattern: platform: lib.matchAttrs pattern platform;
in
rec {
  # addMetaAttrs :: attrs -> package -> package
  addMetaAttrs =
    attrs: drv:
    if drv ? overrideAttrs then
      drv.overrideAttrs (old: { meta = old.meta or { } // attrs; })
    else
      drv // { meta = drv.meta or { } // attrs; };

  # dontDistribute :: package -> package
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };

  # hydraPlatforms :: [ system ] -> package -> package
  hydraPlatforms = platforms: addMetaAttrs { hydraPlatforms = platforms; };

  # setName, updateName, appendToName :: ... -> package -> package
  setName = name: drv: drv // { inherit name; };
  updateName = f: drv: drv // { name = f drv.name; };
  appendToName =
    suffix:
    updateName (
      name:
      let
        parsed = builtins.parseDrvName name;
      in
      "${parsed.name}-${suffix}-${parsed.version}"
    );

  # mapDerivationAttrset :: (package -> a) -> set -> set
  mapDerivationAttrset = f: mapAttrs (_: v: if lib.isDerivation v then f v else v);

  # setPrio, lowPrio, hiPrio :: which package's files win in an environment
  defaultPriority = 5;
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  hiPrio = setPrio (-10);
  lowPrioSet = mapDerivationAttrset lowPrio;
  hiPrioSet = mapDerivationAttrset hiPrio;

  # platformMatch :: platform -> (system | pattern) -> bool
  platformMatch =
    platform: pattern:
    if isString pattern then
      pattern == platform.system
    else
      hasPart (if pattern ? parsed || pattern ? system then pattern else { parsed = pattern; }) platform;

  # availableOn :: platform -> package -> bool
  availableOn =
    platform: pkg:
    (!(pkg ? meta.platforms) || any (platformMatch platform) pkg.meta.platforms)
    && all (p: !(platformMatch platform p)) (pkg.meta.badPlatforms or [ ]);
  meetsPlatform = availableOn;

  # licensesSpdx :: { spdxId = license; }
  licensesSpdx = lib.mapAttrs' (_: license: lib.nameValuePair license.spdxId license) (
    lib.filterAttrs (_: license: license ? spdxId) lib.licenses
  );

  # getLicenseFromSpdxId :: spdxId -> license
  getLicenseFromSpdxId =
    id:
    getLicenseFromSpdxIdOr id (
      lib.warn "getLicenseFromSpdxId: No license matches the given SPDX ID: ${id}" { shortName = id; }
    );

  # getLicenseFromSpdxIdOr :: spdxId -> a -> (license | a)
  # Upper and lower case do not matter.
  getLicenseFromSpdxIdOr =
    let
      byId = lib.mapAttrs' (id: lib.nameValuePair (lib.toLower id)) licensesSpdx;
    in
    id: default: byId.${lib.toLower id} or default;

  # getExe :: package -> string
  # The path of a package's main program.
  getExe =
    pkg:
    getExe' pkg (
      pkg.meta.mainProgram or (lib.warn
        "getExe: the package ${
          lib.strings.escapeNixString (pkg.meta.name or pkg.pname or pkg.name)
        } does not say what its main program is (meta.mainProgram); taking the package's own name. Use getExe' to name the program."
        (lib.getName pkg)
      )
    );

  # getExe' :: package -> program -> string
  getExe' =
    pkg: program:
    if !(lib.isDerivation pkg) then
      throw "getExe': the first argument must be a package, but it is a ${builtins.typeOf pkg}"
    else if !(isString program) then
      throw "getExe': the name of the program must be a string, but it is a ${builtins.typeOf program}"
    else if builtins.match ".*/.*" program != null then
      throw "getExe': \"${program}\" is a path; give only the name of the program"
    else
      "${lib.getBin pkg}/bin/${program}";
}
