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

  # What a type makes of checked definitions; types may offer the newer
  # calling convention `merge.v2`, which also reports on its own checks.
  mergeChecked =
    loc: type: defs:
    if type.merge ? v2 then
      let
        result = type.merge.v2 { inherit loc defs; };
      in
      if result.headError or null == null then
        result
      else
        throw (messages.wrongType loc type defs + "\n" + (result.headError.message or ""))
    else if !(all (def: type.check def.value) defs) then
      throw (messages.wrongType loc type defs)
    else
      {
        value =
          if tail defs == [ ] && type.merge ? identity then (head defs).value else type.merge loc defs;
        valueMeta = { };
      };
in
rec {
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
      checkedAndMerged =
        if isDefined then
          mergeChecked loc type inForce.values
        else
          throw (messages.notDefined loc);
      mergedValue = checkedAndMerged.value;
    in
    {
      defsFinal' = inForce;
      defsFinal = inForce.values;
      inherit isDefined checkedAndMerged mergedValue;
      optionalValue = if isDefined then { value = mergedValue; } else { };
    };

  # evalOptionValue :: loc -> option -> [ definition ] -> option
  # The option with its value and all that can be asked about its definitions.
  evalOptionValue =
    loc: opt: defs:
    let
      leaf = evalLeaf loc opt defs;
    in
    opt // leaf.details;

  # evalLeaf :: loc -> option -> [ definition ] -> { value; details; }
  # The value by itself, so that reading it does not build the option's record.
  evalLeaf =
    loc: opt: defs:
    let
      default = {
        file = if opt ? declarations then head opt.declarations else opt.file or lib.modules.unknownModule;
        value = mkOptionDefault opt.default;
      };
      onlyDefault = defs == [ ] && opt ? default;
      withDefault = if opt ? default then [ default ] ++ defs else defs;
      merged =
        if opt ? readOnly && opt.readOnly && defs != [ ] && tail withDefault != [ ] then
          let
            separate = map (
              def: def // { value = (mergeDefinitions loc opt.type [ def ]).mergedValue; }
            ) withDefault;
          in
          throw (messages.readOnly loc separate)
        else if onlyDefault && !(opt.default ? _type) then
          mergeDefinitions loc opt.type [ (default // { value = opt.default; }) ]
        else
          mergeDefinitions loc opt.type withDefault;

      value =
        if opt ? apply then opt.apply merged.mergedValue else merged.mergedValue;
      contextual = addErrorContext "while evaluating the option `${showOption loc}':" value;
    in
    {
      value =
        if opt.type.deprecationMessage == null then
          contextual
        else
          lib.warn "The type `types.${opt.type.name}' of option `${showOption loc}' defined in ${
            showFiles (opt.declarations or [ default.file ])
          } is deprecated. ${opt.type.deprecationMessage}" contextual;

      details =
        let
          definitionsWithLocations = map (def: removeAttrs def [ "source" ]) merged.defsFinal;
        in
        {
          value = contextual;
          highestPrio = if onlyDefault && !(opt.default ? _type) then 1500 else merged.defsFinal'.highestPrio;
          definitions = map (def: def.value) merged.defsFinal;
          files = map (def: def.file) merged.defsFinal;
          inherit definitionsWithLocations;
          inherit (merged) isDefined;
          valueMeta = merged.checkedAndMerged.valueMeta or { };
          __toString = _: showOption loc;
        };
    };
}
