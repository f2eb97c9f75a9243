# Types without structure: booleans, packages, functions, and the types that
# accept everything.
{ lib }:
let
  inherit (builtins)
    all
    any
    isAttrs
    isBool
    isPath
    isString
    ;
  inherit (lib.options)
    mergeEqualOption
    mergeOneOption
    mergeUniqueOption
    getValues
    ;
  inherit (lib.types) mkOptionType withIdentity;
in
rec {
  # Everything, once; not looked at until used.
  raw = mkOptionType {
    name = "raw";
    description = "raw value";
    descriptionClass = "noun";
    check = _: true;
    merge = mergeOneOption;
  };

  # The type of an option that was declared without one.
  unspecified = mkOptionType {
    name = "unspecified";
    description = "unspecified value";
    descriptionClass = "noun";
  };

  bool = mkOptionType {
    name = "bool";
    description = "boolean";
    descriptionClass = "noun";
    check = isBool;
    merge = mergeEqualOption;
  };

  # True as soon as one definition says so.
  boolByOr = mkOptionType {
    name = "boolByOr";
    description = "boolean (merged using or)";
    descriptionClass = "noun";
    check = isBool;
    merge = withIdentity (_: defs: any (v: v) (getValues defs));
  };

  # A package; a plain store path becomes one.
  package = mkOptionType {
    name = "package";
    descriptionClass = "noun";
    check = v: lib.isDerivation v || lib.isStorePath v;
    merge =
      loc: defs:
      let
        value = mergeOneOption loc defs;
      in
      if isPath value || (isString value && !(builtins.hasContext value)) then
        lib.toDerivation value
      else
        value;
  };

  # A package that can be somebody's login shell.
  shellPackage = package // {
    name = "shellPackage";
    description = "package that is a shell";
    check = v: lib.isDerivation v && v ? shellPath;
  };

  # A whole package set.
  pkgs = mkOptionType {
    name = "pkgs";
    description = "Nixpkgs package set";
    descriptionClass = "noun";
    check = v: isAttrs v && (v._type or null) == "pkgs";
    merge = mergeOneOption;
  };

  # Attributes of any kind; later definitions win attribute by attribute.
  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: defs: builtins.foldl' (acc: def: acc // def.value) { } defs;
    emptyValue.value = { };
  };

  # A value of the module system that is itself a type.
  optionType = mkOptionType {
    name = "optionType";
    description = "optionType";
    descriptionClass = "noun";
    check = v: (v._type or null) == "option-type";
    merge =
      loc: defs:
      if builtins.length defs == 1 then
        (builtins.head defs).value
      else
        let
          # Joined like declarations of one option, so that a conflict names the files.
          joined = lib.modules.mergeOptionDecls loc (
            map (def: {
              inherit (def) file;
              options = lib.mkOption { type = def.value; };
            }) defs
          );
        in
        joined.type;
  };

  # A piece of Lua code, as lib.generators.mkLuaInline makes it.
  luaInline = mkOptionType {
    name = "luaInline";
    description = "inline lua";
    descriptionClass = "noun";
    check = v: (v._type or null) == "lua-inline";
    merge = mergeEqualOption;
  };

  # A function; the results of several are merged by the element type.
  functionTo =
    elemType:
    mkOptionType {
      name = "functionTo";
      description = "function that evaluates to a(n) ${lib.types.phraseComposite elemType}";
      descriptionClass = "composite";
      check = lib.isFunction;
      merge =
        loc: defs:
        let
          apply =
            arg:
            (lib.mergeDefinitions (loc ++ [ "<function body>" ]) elemType (
              map (def: {
                inherit (def) file;
                value = def.value arg;
              }) defs
            )).mergedValue;
        in
        lib.setFunctionArgs apply (
          builtins.zipAttrsWith (_: optional: all (v: v) optional) (
            map (def: lib.functionArgs def.value) defs
          )
        );
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
      getSubModules = elemType.getSubModules;
      substSubModules = modules: functionTo (elemType.substSubModules modules);
      functor = lib.types.elementFunctor "functionTo" (payload: functionTo payload.elemType) elemType;
      nestedTypes = { inherit elemType; };
    };

  # uniq, unique: another type's values, defined at most once.
  uniq = unique { message = ""; };

  unique =
    { message }:
    elemType:
    mkOptionType {
      name = "unique";
      inherit (elemType) description descriptionClass check;
      merge = mergeUniqueOption {
        inherit message;
        inherit (elemType) merge;
      };
      inherit (elemType) emptyValue getSubOptions getSubModules;
      substSubModules = modules: uniq (elemType.substSubModules modules);
      functor = lib.types.elementFunctor "unique" (payload: unique { inherit message; } payload.elemType) elemType;
      nestedTypes = { inherit elemType; };
    };

  # addCheck :: type -> (value -> bool) -> type
  # The type with one more condition.
  addCheck = type: check: type // { check = v: type.check v && check v; };
}
