# Types that choose: one of several values, one of several types, or null.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    elem
    foldl'
    head
    isAttrs
    length
    mapAttrs
    tail
    ;
  inherit (lib.options) mergeEqualOption;
  inherit (lib.types)
    isIdentity
    isOptionType
    mkOptionType
    optionDescriptionPhrase
    phraseComposite
    withIdentity
    ;

  show =
    v:
    if builtins.isString v then
      ''"${v}"''
    else if builtins.isInt v then
      toString v
    else if builtins.isBool v then
      lib.boolToString v
    else if v == null then
      "<null>"
    else
      "<${builtins.typeOf v}>";

  phraseConjunction = optionDescriptionPhrase (class: class == "noun" || class == "conjunction");

  # Uses the merge function, marked if one definition merges to itself for all types.
  markIf = types: merge: if all isIdentity types then withIdentity merge else merge;
in
rec {
  # enum :: [ value ] -> type
  enum =
    values:
    mkOptionType {
      name = "enum";
      description =
        if values == [ ] then
          "impossible (empty enum)"
        else if length values == 1 then
          "value ${show (head values)} (singular enum)"
        else
          "one of ${lib.concatMapStringsSep ", " show values}";
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = v: elem v values;
      merge = mergeEqualOption;
      functor = lib.types.defaultFunctor "enum" // {
        type = payload: enum payload.values;
        payload = { inherit values; };
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };

  # nullOr :: type -> type
  nullOr =
    elemType:
    mkOptionType {
      name = "nullOr";
      description = "null or ${phraseConjunction elemType}";
      descriptionClass = "conjunction";
      check = v: v == null || elemType.check v;
      merge = markIf [ elemType ] (
        loc: defs:
        let
          nulls = lib.count (def: def.value == null) defs;
        in
        if nulls == length defs then
          null
        else if nulls != 0 then
          throw (lib.modules.messages.nullAndNot loc defs)
        else
          (lib.mergeDefinitions loc elemType defs).mergedValue
      );
      emptyValue.value = null;
      inherit (elemType) getSubOptions getSubModules;
      substSubModules = modules: nullOr (elemType.substSubModules modules);
      functor = lib.types.elementFunctor "nullOr" (payload: nullOr payload.elemType) elemType;
      nestedTypes = { inherit elemType; };
    };

  # either :: type -> type -> type
  # The first type where all definitions pass its check, else the second.
  either =
    t1: t2:
    mkOptionType {
      name = "either";
      description =
        if t1.descriptionClass or null == "nonRestrictiveClause" then
          # A clause ends with a comma before "or" can follow.
          "${t1.description}, or ${phraseComposite t2}"
        else
          "${phraseConjunction t1} or ${
            optionDescriptionPhrase (
              class: class == "noun" || class == "conjunction" || class == "composite"
            ) t2
          }";
      descriptionClass = "conjunction";
      check = v: t1.check v || t2.check v;
      merge = markIf [ t1 t2 ] (
        loc: defs:
        if all (def: t1.check def.value) defs then
          t1.merge loc defs
        else if all (def: t2.check def.value) defs then
          t2.merge loc defs
        else
          throw (lib.modules.messages.conflict loc defs)
      );
      typeMerge =
        other:
        let
          a = t1.typeMerge (head other.payload.elemType).functor;
          b = t2.typeMerge (head (tail other.payload.elemType)).functor;
        in
        if other.name == "either" && a != null && b != null then either a b else null;
      functor = lib.types.defaultFunctor "either" // {
        type = payload: either (head payload.elemType) (head (tail payload.elemType));
        wrapped = [ t1 t2 ];
        payload.elemType = [ t1 t2 ];
      };
      nestedTypes = {
        left = t1;
        right = t2;
      };
    };

  # oneOf :: [ type ] -> type
  oneOf =
    types:
    if types == [ ] then
      throw "types.oneOf needs at least one type"
    else
      foldl' either (head types) (tail types);

  # coercedTo :: type -> (value -> value) -> type -> type
  # Values of the first type are converted to the last.
  coercedTo =
    coercedType: coerce: finalType:
    lib.throwIf (coercedType.getSubModules != null)
      "coercedTo: values cannot be converted from ${coercedType.description}, which has options of its own"
      mkOptionType
      {
        name = "coercedTo";
        description = "${
          optionDescriptionPhrase (class: class == "noun") finalType
        } or ${optionDescriptionPhrase (class: class == "noun") coercedType} convertible to it";
        check = v: (coercedType.check v && finalType.check (coerce v)) || finalType.check v;
        merge =
          loc: defs:
          finalType.merge loc (
            map (
              def:
              if coercedType.check def.value then removeAttrs def [ "source" ] // { value = coerce def.value; } else def
            ) defs
          );
        inherit (finalType) emptyValue getSubOptions getSubModules;
        substSubModules = modules: coercedTo coercedType coerce (finalType.substSubModules modules);
        typeMerge = _: null;
        functor = lib.types.defaultFunctor "coercedTo" // {
          wrapped = finalType;
        };
        nestedTypes = { inherit coercedType finalType; };
      };

  # attrTag :: { name = option; } -> type
  # A set with exactly one of the named attributes.
  attrTag =
    tags:
    let
      names = attrNames tags;
      isTagged = v: isAttrs v && length (attrNames v) == 1 && tags ? ${head (attrNames v)};
      options = mapAttrs (
        name: option:
        lib.addErrorContext "while checking the tag ${name} of types.attrTag" (
          if lib.isOption option then
            option
          else
            throw "types.attrTag: the tag ${name} must be an option made with mkOption, but it is ${
              if isOptionType option then "a type" else "a ${builtins.typeOf option}"
            }"
        )
      ) tags;
    in
    mkOptionType {
      name = "attrTag";
      description = "attribute-tagged union";
      descriptionClass = "noun";
      check = v: isAttrs v && length (attrNames v) == 1 && isTagged v;
      merge =
        loc: defs:
        let
          chosen = lib.uniqueStrings (lib.concatMap (def: attrNames def.value) defs);
          tag = head chosen;
        in
        if length chosen == 1 then
          {
            ${tag} =
              (lib.evalOptionValue (loc ++ [ tag ]) (lib.fixupOptionType loc options.${tag}) (
                map (def: {
                  inherit (def) file;
                  value = def.value.${tag};
                  source = def.value;
                }) defs
              )).value;
          }
        else
          throw (lib.modules.messages.severalTags loc chosen names defs);
      getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; declarations = option.declarations or [ ]; }) options;
      functor = lib.types.defaultFunctor "attrTag" // {
        type = payload: attrTag payload.tags;
        payload = { inherit tags; };
        binOp = a: b: {
          tags = lib.zipAttrsWith (
            name: both:
            if length both == 1 then
              head both
            else
              lib.modules.mergeOptionDecls [ name ] (
                map (options: {
                  inherit options;
                  file = lib.modules.unknownModule;
                }) both
              )
          ) [ a.tags b.tags ];
        };
      };
      nestedTypes = mapAttrs (_: option: option.type) options;
    };
}
