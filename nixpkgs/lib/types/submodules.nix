# Types whose values are evaluated by the module system again.
{ lib }:
let
  inherit (builtins)
    head
    isAttrs
    isString
    ;
  inherit (lib.modules) evaluate unknownModule;
  inherit (lib.types) mkOptionType optionDescriptionPhrase;

  asRoots = map (module: {
    file = unknownModule;
    inherit module;
  });

  isModule = v: isAttrs v || lib.isFunction v || lib.types.path.check v;
in
rec {
  # submodule :: module | [ module ] -> type
  # A definition that is a set only defines configuration: its attributes may
  # be called `config`, `options` or `imports` without special meaning.
  submodule =
    modules:
    submoduleWith {
      shorthandOnlyDefinesConfig = true;
      modules = lib.toList modules;
    };

  # submoduleWith :: { modules; specialArgs ? { }; shorthandOnlyDefinesConfig ? false; description ? null; class ? null; } -> type
  submoduleWith =
    {
      modules,
      specialArgs ? { },
      shorthandOnlyDefinesConfig ? false,
      description ? null,
      class ? null,
    }@attrs:
    let
      roots = asRoots modules;

      # One definition as a module of the evaluation.
      fromDefinition =
        def:
        if shorthandOnlyDefinesConfig == true && isAttrs def.value then
          {
            inherit (def) file;
            config = def.value;
          }
        else
          {
            inherit (def) file;
            module = def.value;
          };

      # The submodule without any definition, for documentation and its freeform type.
      base =
        prefix:
        evaluate {
          inherit prefix specialArgs class;
          modules = roots ++ [
            {
              file = unknownModule;
              config._module.args.name = lib.mkOptionDefault "‹name›";
            }
          ];
        };
      baseFreeform = (base [ ])._module.freeformType;

      evaluated =
        loc: defs:
        evaluate {
          inherit specialArgs class;
          prefix = loc;
          modules = roots ++ map fromDefinition defs;
          moduleArgs.name = lib.last loc;
        };

      join = name: a: b: lib.throwIf (a != null && b != null && a != b) "two declarations of a submodule have different values of ${name}" (if a == null then b else a);
    in
    mkOptionType {
      name = "submodule";
      description =
        if description != null then
          description
        else if baseFreeform == null then
          "submodule"
        else
          "open submodule of ${
            optionDescriptionPhrase (class: class == "noun" || class == "composite") baseFreeform
          }";
      check = isModule;
      merge = {
        # The evaluation stays reachable as `valueMeta.configuration`.
        __functor = _: loc: defs: (evaluated loc defs).config;
        v2 =
          { loc, defs }:
          let
            configuration = evaluated loc defs;
            strange = builtins.filter (def: !(isModule def.value)) defs;
          in
          {
            headError = if strange == [ ] then null else { message = ""; };
            value = configuration.config;
            valueMeta = { inherit configuration; };
          };
      };
      emptyValue.value = { };
      getSubOptions =
        prefix:
        let
          plain = base prefix;
          freeform = plain._module.freeformType;
        in
        plain.options
        // lib.optionalAttrs (freeform != null) {
          # Shown beside the declared options, under a name of its own.
          _freeformOptions = freeform.getSubOptions prefix;
        };
      getSubModules = modules;
      substSubModules =
        new:
        submoduleWith (
          attrs
          // {
            modules = new;
          }
        );
      nestedTypes = lib.optionalAttrs (baseFreeform != null) { freeformType = baseFreeform; };
      functor = lib.types.defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = {
          inherit modules specialArgs shorthandOnlyDefinesConfig description class;
        };
        binOp = a: b: {
          modules = a.modules ++ b.modules;
          specialArgs =
            let
              both = builtins.intersectAttrs a.specialArgs b.specialArgs;
            in
            if both == { } then
              a.specialArgs // b.specialArgs
            else
              throw "two declarations of a submodule both have the specialArgs ${toString (builtins.attrNames both)}";
          # Null comes from options declared inside of the submodule by another module.
          shorthandOnlyDefinesConfig = join "shorthandOnlyDefinesConfig" a.shorthandOnlyDefinesConfig b.shorthandOnlyDefinesConfig;
          description = join "description" a.description b.description;
          class = join "class" a.class b.class;
        };
      };
    };

  # deferredModule :: type
  # A module to be imported later, elsewhere; several definitions are one module.
  deferredModule = deferredModuleWith { };

  # deferredModuleWith :: { staticModules ? [ ]; } -> type
  deferredModuleWith =
    {
      staticModules ? [ ],
    }:
    mkOptionType {
      name = "deferredModule";
      description = "module";
      descriptionClass = "noun";
      check = isModule;
      merge = loc: defs: {
        imports =
          staticModules
          ++ map (
            def:
            lib.modules.setDefaultModuleLocation "${def.file}, via option ${lib.showOption loc}" def.value
          ) defs;
      };
      getSubOptions = (submoduleWith { modules = staticModules; }).getSubOptions;
      getSubModules = if staticModules == [ ] then null else staticModules;
      substSubModules = modules: deferredModuleWith { staticModules = modules; };
      functor = lib.types.defaultFunctor "deferredModule" // {
        type = deferredModuleWith;
        payload = { inherit staticModules; };
        binOp = a: b: { staticModules = lib.unique (a.staticModules ++ b.staticModules); };
      };
    };
}
