# evalModules: modules in, options and configuration out.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    filter
    isAttrs
    length
    seq
    ;
  inherit (lib.modules)
    collectModules
    declarationsByName
    definitionsByName
    mergeDefinitions
    mergeNames
    messages
    pushDown
    ;
  inherit (lib) mkOption types;

  unknownModule = "<unknown-file>";
  ownFile = "lib/modules/evaluate.nix";

  # Options that every evaluation has, besides those of its modules.
  ownOptions = {
    args = mkOption {
      type = types.lazyAttrsOf types.raw;
      description = ''
        Further arguments for module functions, beside `lib`, `config`,
        `options` and what was given as `specialArgs`. They may depend on the
        configuration and therefore cannot be used in `imports`.
      '';
    };
    check = mkOption {
      type = types.bool;
      internal = true;
      default = true;
      description = "Whether a definition without a declared option is an error.";
    };
    freeformType = mkOption {
      type = types.nullOr types.optionType;
      internal = true;
      default = null;
      description = ''
        Type of the whole configuration as far as no option declares it; null
        means that everything must be declared.
      '';
    };
    specialArgs = mkOption {
      type = types.raw;
      readOnly = true;
      internal = true;
      description = "The `specialArgs` of this evaluation.";
    };
  };

  # evaluate :: { modules = [ { file; module; } ]; prefix; specialArgs; class; moduleArgs; } -> configuration
  # moduleArgs are what the caller itself puts into _module.args, as a
  # submodule does with `name`.
  evaluate =
    given@{
      modules,
      prefix ? [ ],
      specialArgs ? { },
      class ? null,
      moduleArgs ? { },
    }:
    let
      args = {
        inherit lib options specialArgs;
        config = addErrorContext "while evaluating the `config' argument of a module (if it recurses without end: `imports' must not depend on `config'; import the module always and put its contents into `mkIf')" config;
        _class = class;
        _prefix = prefix;
      }
      // specialArgs;
      scope = {
        inherit args;
        names = attrNames args;
        moduleArgs = own.config.args;
      };
      ownArgs = moduleArgs // {
        inherit extendModules;
        moduleType = type;
      };

      # Later modules come first, and imported ones before their importers.
      loaded = lib.reverseList (
        collectModules class (specialArgs.modulesPath or "") scope modules
      );

      allDecls = declarationsByName prefix (
        map (m: {
          file = m._file;
          inherit (m) options;
        }) (filter (m: m.options != { }) loaded)
      );
      allDefs = definitionsByName (
        concatMap (
          m:
          pushDown prefix [
            {
              file = m._file;
              value = m.config;
            }
          ]
        ) loaded
      );
      merged = mergeNames prefix (removeAttrs allDecls [ "_module" ]) (removeAttrs allDefs [ "_module" ]);

      # What is below `_module`; usually nobody touches it and nothing is merged.
      freeform = filter (m: m ? freeformType) loaded;
      untouched = freeform == [ ] && !(allDefs ? _module) && !(allDecls ? _module);
      ownPath = prefix ++ [ "_module" ];
      ownTree = mergeNames ownPath (declarationsByName ownPath (
        map (decl: { inherit (decl) file options; }) (allDecls._module or [ ])
        ++ [
          {
            file = ownFile;
            options = ownOptions;
          }
        ]
      )) (definitionsByName (
        [
          {
            file = ownFile;
            value = {
              args = ownArgs;
              inherit specialArgs;
            };
          }
        ]
        ++ map (m: {
          file = m._file;
          value = { inherit (m) freeformType; };
        }) freeform
        ++ pushDown ownPath (allDefs._module or [ ])
      ));
      own =
        if untouched then
          {
            config = {
              args = ownArgs;
              check = true;
              freeformType = null;
              inherit specialArgs;
            };
            unmatched = [ ];
            inherit (ownTree) option;
          }
        else
          ownTree;

      unmatched = own.unmatched ++ merged.unmatched;
      depth = length prefix;
      freeformConfig =
        (mergeDefinitions prefix own.config.freeformType (
          map (def: {
            inherit (def) file;
            value = lib.setAttrByPath (lib.drop depth def.loc) def.value;
          }) unmatched
        )).mergedValue;

      plainConfig =
        if own.config.freeformType == null || unmatched == [ ] then
          merged.config
        else
          lib.recursiveUpdate freeformConfig merged.config;
      config = plainConfig // { _module = own.config; };
      options = merged.option // { _module = own.option; };

      # Forced before anything is handed out.
      checked = seq (
        if own.config.check && own.config.freeformType == null && unmatched != [ ] then
          throw (messages.unknownOption prefix merged.option unmatched)
        else
          null
      );

      type = types.submoduleWith {
        modules = map (m: m.module or { inherit (m) config; _file = m.file; }) modules;
        inherit specialArgs class;
      };

      extendModules =
        extension@{
          modules ? [ ],
          specialArgs ? { },
          prefix ? [ ],
        }:
        evaluate (
          given
          // {
            modules = given.modules ++ roots extension.modules or [ ];
            specialArgs = given.specialArgs or { } // extension.specialArgs or { };
            prefix = extension.prefix or given.prefix or [ ];
          }
        );
    in
    {
      _type = "configuration";
      options = checked options;
      config = checked plainConfig;
      _module = checked own.config;
      inherit class extendModules type;
      graph = map (m: {
        inherit (m) key;
        file = m._file;
        imports = m.imports;
      }) (lib.reverseList loaded);
    };

  roots = map (module: {
    file = unknownModule;
    inherit module;
  });
in
{
  inherit unknownModule evaluate;

  # evalModules :: { modules; prefix ? [ ]; specialArgs ? { }; class ? null; } -> { config; options; ... }
  # `args` and `check` are earlier ways to set _module.args and _module.check.
  evalModules =
    {
      modules,
      prefix ? [ ],
      specialArgs ? { },
      args ? null,
      check ? null,
      class ? null,
    }:
    let
      legacy = {
        _file = ownFile;
        config._module =
          (if args == null then { } else { inherit args; }) // (if check == null then { } else { inherit check; });
      };
      given = if args == null && check == null then modules else modules ++ [ legacy ];
    in
    if !(isAttrs specialArgs) then
      throw "evalModules: specialArgs must be a set of module arguments, but it is ${builtins.typeOf specialArgs}"
    else if class != null && !(builtins.isString class) then
      throw "class parameter must be a string or null, but it is ${builtins.typeOf class}"
    else
      evaluate {
        modules = roots given;
        inherit prefix specialArgs class;
      };
}
