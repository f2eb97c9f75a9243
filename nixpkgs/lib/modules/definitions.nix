# From the definitions of one option to its value.
#
# A definition is { file; value; } and, where known, `source`: the attribute
# set it was written in, from which messages take the line.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    concatMap
    head
    tail
    ;
  inherit (lib.modules)
    dischargeProperties
    filterOverrides'
    mkOptionDefault
    sortProperties
    ;
  inherit (lib.options) showFiles showOption;
  messages = lib.modules.messages;

  isPlain = def: !(def.value ? _type);

  # Unwraps all properties; what is left in force, in its final order.
  effective =
    defs:
    let
      unwrap =
        def:
        map (value: if value ? _type && value._type == "definition" then value else def // { inherit value; }) (
          dischargeProperties def.value
        );
      overridden = filterOverrides' (concatMap unwrap defs);
    in
    {
      inherit (overridden) highestPrio;
      values = sortProperties overridden.values;
    };

  # The value of definitions that are in force. Types may offer the newer calling
  # convention `merge.v2`, which checks by itself and can say more about a value.
  mergeChecked =
    loc: type: defs:
    if type.merge ? v2 then
      (mergeWithMeta loc type defs).value
    else if !(all (def: type.check def.value) defs) then
      throw (messages.wrongType loc type defs)
    else if tail defs == [ ] && type.merge ? identity then
      (head defs).value
    else
      type.merge loc defs;

  mergeWithMeta =
    loc: type: defs:
    let
      result = type.merge.v2 { inherit loc defs; };
      detail = result.headError.message or "";
    in
    if result.headError or null == null then
      result
    else
      throw (messages.wrongType loc type defs + lib.optionalString (detail != "") "\n${detail}");

  optionDefaultPriority = (mkOptionDefault null).priority;

  # mergeDefinitions :: loc -> type -> [ definition ] -> { mergedValue; isDefined; ... }
  # Nothing is evaluated before one of the results is read.
  mergeDefinitions =
    loc: type: defs:
    let
      plain = all isPlain defs;
      inForce =
        if plain then
          {
            highestPrio = if defs == [ ] then 9999 else lib.modules.defaultOverridePriority;
            values = defs;
          }
        else
          effective defs;
      isDefined = inForce.values != [ ];
      mergedValue =
        if isDefined then mergeChecked loc type inForce.values else throw (messages.notDefined loc type);
    in
    {
      defsFinal' = inForce;
      defsFinal = inForce.values;
      inherit isDefined mergedValue;
      checkedAndMerged =
        if isDefined && type.merge ? v2 then
          mergeWithMeta loc type inForce.values
        else
          {
            value = mergedValue;
            valueMeta = { };
          };
      optionalValue = if isDefined then { value = mergedValue; } else { };
    };

  # evalOptionValue :: loc -> option -> [ definition ] -> option
  # The option with its value and all that can be asked about its definitions.
  evalOptionValue =
    loc: opt: defs:
    let
      file = if opt ? declarations then head opt.declarations else lib.modules.unknownModule;
    in
    opt // (evalLeaf loc opt opt.type file defs).details;

  # evalLeaf :: loc -> option -> type -> file -> [ definition ] -> { value; details; }
  # The value by itself, so that reading it does not build the option's record.
  # The file is where the option, and so its default, was declared.
  evalLeaf =
    loc: opt: type: file: defs:
    let
      default = {
        inherit file;
        value = opt.default;
        isDefault = true;
      };
      onlyDefault = defs == [ ] && opt ? default;
      given = if onlyDefault then [ default ] else defs;
      plain = all isPlain given;
      # Definitions without properties always win over the default. Others may
      # vanish or have even less priority, so the default has to compete.
      candidates =
        if plain || onlyDefault || !(opt ? default) then
          given
        else
          [ (default // { value = mkOptionDefault opt.default; }) ] ++ defs;
      merged = mergeDefinitions loc type candidates;

      value =
        if opt ? readOnly && opt.readOnly && defs != [ ] && (opt ? default || tail defs != [ ]) then
          throw (
            messages.readOnly loc (
              map (def: def // { value = (mergeDefinitions loc type [ def ]).mergedValue; }) (
                (if opt ? default then [ default ] else [ ]) ++ defs
              )
            )
          )
        else if plain && given != [ ] then
          mergeChecked loc type given
        else
          merged.mergedValue;
      applied = addErrorContext "while evaluating the option `${showOption loc}':" (
        if opt ? apply then opt.apply value else value
      );
    in
    {
      value =
        if (type.deprecationMessage or null) == null then
          applied
        else
          lib.warn "The type `types.${type.name}' of option `${showOption loc}' defined in ${
            showFiles (opt.declarations or [ file ])
          } is deprecated. ${type.deprecationMessage}" applied;

      details = {
        value = applied;
        highestPrio = if onlyDefault then optionDefaultPriority else merged.defsFinal'.highestPrio;
        definitions = map (def: def.value) merged.defsFinal;
        files = map (def: def.file) merged.defsFinal;
        definitionsWithLocations = map (def: removeAttrs def [ "source" "sourceName" "isDefault" ]) merged.defsFinal;
        inherit (merged) isDefined;
        valueMeta = merged.checkedAndMerged.valueMeta or { };
        __toString = _: showOption loc;
      };
    };
in
{
  inherit evalLeaf evalOptionValue mergeDefinitions;
}
