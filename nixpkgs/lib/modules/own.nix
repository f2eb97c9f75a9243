# What every evaluation declares by itself, below `_module`: arguments for
# module functions, and what happens to definitions without an option.
{ lib }:
let
  inherit (builtins) filter;
  inherit (lib) mkOption types;
  inherit (lib.modules)
    declarationsByName
    definitionsByName
    mergeDefinitions
    mergeNames
    pushDown
    ;

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

  file = "lib/modules/own.nix";

  # The options and their values when modules touch them.
  merged =
    {
      prefix,
      decls,
      defs,
      freeform,
      values,
    }:
    let
      path = prefix ++ [ "_module" ];
      definedHere = {
        inherit file;
        value = values;
      };
      freeformTypes = map (m: {
        file = m._file;
        value = { inherit (m) freeformType; };
      }) freeform;
    in
    mergeNames path (declarationsByName path (
      map (decl: { inherit (decl) file options; }) decls
      ++ [
        {
          inherit file;
          options = ownOptions;
        }
      ]
    )) (definitionsByName ([ definedHere ] ++ freeformTypes ++ pushDown path defs));
in
{
  # evaluateOwn :: { prefix; loaded; decls; defs; values; } -> { config; option; unmatched; }
  # decls and defs are those of `_module` in the loaded modules. Usually there
  # are none, and the values are what they were given as.
  evaluateOwn =
    {
      prefix,
      loaded,
      decls,
      defs,
      values,
    }:
    let
      freeform = filter (m: m ? freeformType) loaded;
      tree = merged {
        inherit
          prefix
          decls
          defs
          freeform
          values
          ;
      };
    in
    if freeform != [ ] || defs != [ ] || decls != [ ] then
      tree
    else
      {
        config = values // {
          check = true;
          freeformType = null;
        };
        unmatched = [ ];
        inherit (tree) option;
      };

  # freeformConfig :: prefix -> type -> [ definition ] -> a
  # The value of all definitions without an option, by the freeform type.
  freeformConfig =
    prefix: type: unmatched:
    let
      depth = builtins.length prefix;
    in
    (mergeDefinitions prefix type (
      map (def: {
        inherit (def) file;
        value = lib.setAttrByPath (lib.drop depth def.loc) def.value;
      }) unmatched
    )).mergedValue;
}
