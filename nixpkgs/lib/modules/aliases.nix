# Modules and values that stand for others: renamed, removed and merged
# options, definitions taken over from other options, modules with extra
# arguments.
{ lib }:
let
  inherit (builtins) filter length listToAttrs;
  inherit (lib)
    attrByPath
    getAttrFromPath
    hasAttrByPath
    mkIf
    mkMerge
    mkOption
    mkOverride
    setAttrByPath
    showFiles
    showOption
    types
    ;
  inherit (lib.modules)
    defaultOverridePriority
    evalModules
    mkDefinition
    mergeDefinitions
    ;

  quote = path: "`${showOption path}'";

in
rec {
  # setDefaultModuleLocation :: file -> module -> module
  # The module reports the file unless it knows its own.
  setDefaultModuleLocation = file: m: {
    _file = file;
    imports = [ m ];
  };

  # mkAliasDefinitions :: option -> property
  # All definitions of an option.
  mkAliasDefinitions = mkAliasAndWrapDefinitions (v: v);

  # mkAliasAndWrapDefinitions :: (a -> b) -> option -> property
  mkAliasAndWrapDefinitions = wrap: option: mkAliasIfDef option (wrap (mkMerge option.definitions));

  # mkAliasAndWrapDefsWithPriority :: (a -> b) -> option -> property
  # Like the above; the option's own priority is kept.
  mkAliasAndWrapDefsWithPriority =
    wrap: option:
    let
      priority = option.highestPrio or defaultOverridePriority;
      definitions = map (
        def: mkDefinition (def // { value = mkOverride priority def.value; })
      ) (option.definitionsWithLocations or (map (value: { inherit value; file = unknown; }) option.definitions));
      unknown = lib.modules.unknownModule;
    in
    mkAliasIfDef option (wrap (mkMerge definitions));

  # mkAliasIfDef :: option -> a -> property
  mkAliasIfDef = option: mkIf (lib.isOption option && option.isDefined);

  # mkDerivedConfig :: option -> (value -> definition) -> property
  # A definition made from another option's value, with that option's priority.
  mkDerivedConfig =
    option: f:
    mkIf (option.isDefined or true) (mkOverride (option.highestPrio or defaultOverridePriority) (f option.value));

  # mergeAttrDefinitionsWithPrio :: option -> { name = { value; highestPrio; }; }
  # For an option of type attrsOf: each attribute with the priority of its definitions.
  mergeAttrDefinitionsWithPrio =
    opt:
    let
      defsByName = lib.zipAttrs (
        lib.concatMap (def: map (lib.mapAttrs (_: value: { inherit (def) file; inherit value; })) (lib.modules.pushDownProperties def.value)) opt.definitionsWithLocations
      );
      elementType = opt.type.nestedTypes.elemType or (throw "mergeAttrDefinitionsWithPrio: ${quote opt.loc} is not an attribute set of one type");
    in
    assert opt.type.name == "attrsOf" || opt.type.name == "lazyAttrsOf";
    lib.mapAttrs (
      name: defs:
      let
        merged = mergeDefinitions (opt.loc ++ [ name ]) elementType defs;
      in
      {
        value = merged.mergedValue;
        inherit (merged.defsFinal') highestPrio;
      }
    ) defsByName;

  # fixMergeModules :: [ module ] -> specialArgs -> configuration
  # Earlier form of evalModules.
  fixMergeModules =
    modules: args:
    evalModules {
      inherit modules;
      specialArgs = args;
    };

  # mkRemovedOptionModule :: path -> message -> module
  # Defining the option fails with the replacement instructions.
  mkRemovedOptionModule =
    optionName: replacementInstructions:
    { options, ... }:
    {
      options = setAttrByPath optionName (mkOption {
        visible = false;
        apply =
          _:
          throw "The option ${quote optionName} can no longer be used since it's been removed. ${replacementInstructions}";
      });
      config.assertions =
        let
          option = getAttrFromPath optionName options;
        in
        [
          {
            assertion = !option.isDefined;
            message = ''
              The option definition ${quote optionName} in ${showFiles option.files} no longer has any effect; please remove it.
              ${replacementInstructions}
            '';
          }
        ];
    };

  # mkRenamedOptionModule :: from -> to -> module
  # The old name still works, with a warning.
  mkRenamedOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = false;
      warn = true;
      use = lib.trace "Obsolete option ${quote from} is used. It was renamed to ${quote to}.";
    };

  # mkRenamedOptionModuleWith :: { from; to; sinceRelease; } -> module
  # Warns only when all supported releases know the new name.
  mkRenamedOptionModuleWith =
    {
      from,
      to,
      sinceRelease,
    }:
    doRename {
      inherit from to;
      visible = false;
      warn = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
      use = lib.warnIf (lib.oldestSupportedReleaseIsAtLeast sinceRelease) "Obsolete option ${quote from} is used. It was renamed to ${quote to}.";
    };

  # mkMergedOptionModule :: [ path ] -> path -> (config -> value) -> module
  # Several old options are replaced by one, whose value is computed from them.
  mkMergedOptionModule =
    from: to: mergeFn:
    { config, options, ... }:
    let
      unset = "_mkMergedOptionModule";
      isSet = path: getAttrFromPath path config != unset;
      old = path: getAttrFromPath path options;
    in
    {
      options = lib.foldl' lib.recursiveUpdate { } (
        map (
          path:
          setAttrByPath path (mkOption {
            visible = false;
            # Stands for "not defined", so that the value can be looked at.
            default = unset;
          })
        ) from
      );
      config = {
        warnings = map (
          path:
          "The option ${quote path} defined in ${showFiles (old path).files} has been replaced by ${quote to}, which has another type. Its value was converted; define ${quote to} instead."
        ) (filter isSet from);
      }
      // setAttrByPath to (mkMerge (lib.optional (lib.any isSet from) (mergeFn config)));
    };

  # mkChangedOptionModule :: from -> to -> (config -> value) -> module
  mkChangedOptionModule = from: mkMergedOptionModule [ from ];

  # mkAliasOptionModule :: from -> to -> module
  # A second name for an option, without warning.
  mkAliasOptionModule =
    from: to:
    doRename {
      inherit from to;
      visible = true;
      warn = false;
      use = v: v;
    };
  mkAliasOptionModuleMD = mkAliasOptionModule;

  # doRename :: { from; to; visible; warn; use; withPriority ? true; condition ? true; } -> module
  # What the modules above have in common.
  doRename =
    {
      from,
      to,
      visible,
      warn,
      use,
      withPriority ? true,
      condition ? true,
    }:
    { config, options, ... }:
    let
      fromOption = getAttrFromPath from options;
      renamingError = throw (lib.modules.messages.renamedToNothing from to);
      # The target may also be inside of an option's value.
      reaches =
        path: tree:
        path == [ ] || lib.isOption tree || (tree ? ${lib.head path} && reaches (lib.tail path) tree.${lib.head path});
      toType = (attrByPath to { } options).type or (types.submodule { });
    in
    {
      options = setAttrByPath from (
        mkOption {
          inherit visible;
          description = "Alias of {option}`${showOption to}`.";
          type = toType;
          apply = value: use (attrByPath to renamingError config);
        }
      );
      config = if !(reaches to options) then renamingError else mkIf condition (mkMerge [
        (lib.optionalAttrs (options ? warnings) {
          warnings = lib.optional (
            warn && fromOption.isDefined
          ) "The option ${quote from} defined in ${showFiles fromOption.files} has been renamed to ${quote to}.";
        })
        (
          if withPriority then
            mkAliasAndWrapDefsWithPriority (setAttrByPath to) fromOption
          else
            mkAliasAndWrapDefinitions (setAttrByPath to) fromOption
        )
      ]);
    };

  # importApply :: path -> args -> module
  # Imports a file that is a function of `args` returning a module; the module
  # keeps the file's name in messages.
  importApply =
    file: args:
    setDefaultModuleLocation file (import file args);

  # importJSON', importTOML :: path -> module
  # A data file used as the configuration of a module.
  importJSON = file: {
    _file = file;
    config = lib.importJSON file;
  };
  importTOML = file: {
    _file = file;
    config = lib.importTOML file;
  };
}
