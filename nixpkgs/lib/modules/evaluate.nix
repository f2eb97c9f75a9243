# evalModules: modules in, options and configuration out.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    attrNames
    concatMap
    filter
    isAttrs
    seq
    ;
  inherit (lib.modules)
    collectModules
    declarationsByName
    definitionsByName
    evaluateOwn
    freeformConfig
    mergeNames
    messages
    pushDown
    ;
  inherit (lib) types;

  unknownModule = "<unknown-file>";

  recursionHint = "while evaluating the `config' argument of a module (if it recurses without end: `imports' must not depend on `config'; import the module always and put its contents into `mkIf')";

  # What loaded modules declare and define, by the first part of its name.
  declarationsOf =
    prefix: loaded:
    declarationsByName prefix (
      map (m: {
        file = m._file;
        inherit (m) options;
      }) (filter (m: m.options != { }) loaded)
    );
  definitionsOf =
    prefix: loaded:
    definitionsByName (
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

  # evaluate :: { modules = [ { file; module; } ]; prefix; specialArgs; class; moduleArgs; } -> configuration
  # moduleArgs are what the caller itself puts into _module.args, as a
  # submodule does with `name`. All in one fixed point: modules are functions of
  # the configuration that they make.
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
        config = addErrorContext recursionHint config;
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

      allDecls = declarationsOf prefix loaded;
      allDefs = definitionsOf prefix loaded;
      merged = mergeNames prefix (removeAttrs allDecls [ "_module" ]) (removeAttrs allDefs [ "_module" ]);

      own = evaluateOwn {
        inherit prefix loaded;
        decls = allDecls._module or [ ];
        defs = allDefs._module or [ ];
        values = {
          args = ownArgs;
          inherit specialArgs;
        };
      };
      unmatched = own.unmatched ++ merged.unmatched;

      plainConfig =
        if own.config.freeformType == null || unmatched == [ ] then
          merged.config
        else
          lib.recursiveUpdate (freeformConfig prefix own.config.freeformType unmatched) merged.config;
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
        _file = "lib/modules/evaluate.nix";
        config._module =
          (if args == null then { } else { inherit args; }) // (if check == null then { } else { inherit check; });
      };
      given = if args == null && check == null then modules else modules ++ [ legacy ];
    in
    if !(isAttrs specialArgs) then
      throw "evalModules: specialArgs must be a set of module arguments, but it is ${builtins.typeOf specialArgs}"
    else if class != null && !(builtins.isString class) then
      throw "evalModules: class must be a string or null, but it is ${builtins.typeOf class}"
    else
      evaluate {
        modules = roots given;
        inherit prefix specialArgs class;
      };
}
