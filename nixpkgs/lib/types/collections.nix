# Lists and attribute sets of one type.
#
# Elements may be wrapped in properties one by one: `[ (mkIf c x) ]` leaves x
# out when c is false. Where no element is wrapped and the element type leaves
# single definitions as they are, the user's own value is the result.
{ lib }:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    elemAt
    filter
    genList
    head
    isAttrs
    isList
    length
    mapAttrs
    tail
    zipAttrsWith
    ;
  inherit (lib.modules) mergeDefinitions;
  inherit (lib.types)
    addCheck
    isIdentity
    mkOptionType
    phraseComposite
    phraseNoun
    ;

  # The elements of one definition of a list, those that a property removes left out.
  mergeElements =
    elemType:
    let
      isPlain = isIdentity elemType;
    in
    loc: n: def:
    let
      # Messages show the line of the whole list.
      whole = if def ? source && !(def ? sourceName) then { sourceName = lib.last loc; } else { };
      element =
        m:
        let
          value = elemAt def.value m;
          merged = mergeDefinitions (
            loc ++ [ "[definition ${toString n}-entry ${toString (m + 1)}]" ]
          ) elemType [ (def // whole // { inherit value; }) ];
        in
        if !(value ? _type) || merged.isDefined then [ merged.mergedValue ] else [ ];
    in
    if isPlain && all elemType.check def.value then
      def.value
    else
      concatLists (genList element (length def.value));

  mergeLists =
    elemType:
    let
      elementsOf = mergeElements elemType;
    in
    loc: defs:
    if tail defs == [ ] then
      elementsOf loc 1 (head defs)
    else
      concatLists (genList (i: elementsOf loc (i + 1) (elemAt defs i)) (length defs));

  # { name = merged definitions; } for all attributes that any definition has.
  mergeByName =
    elemType: loc: defs:
    zipAttrsWith (name: mergeDefinitions (loc ++ [ name ]) elemType) (
      map (
        def:
        mapAttrs (_: value: {
          inherit (def) file;
          inherit value;
          source = def.value;
        }) def.value
      ) defs
    );

  mergeStrict =
    elemType:
    let
      isPlain = isIdentity elemType;
    in
    loc: defs:
    let
      single = (head defs).value;
      merged = mergeByName elemType loc defs;
      absent = filter (name: !merged.${name}.isDefined) (attrNames merged);
    in
    if tail defs == [ ] && isPlain && all elemType.check (attrValues single) then
      single
    else if absent == [ ] then
      mapAttrs (_: m: m.mergedValue) merged
    else
      mapAttrs (_: m: m.mergedValue) (removeAttrs merged absent);

  # Names are known without looking at values, so an attribute whose definitions
  # all vanish is still there and must get an empty value.
  mergeLazy =
    elemType: loc: defs:
    mapAttrs (
      _: m: if m.isDefined then m.mergedValue else elemType.emptyValue.value or m.mergedValue
    ) (mergeByName elemType loc defs);
in
rec {
  # listOf :: type -> type
  listOf =
    elemType:
    mkOptionType {
      name = "listOf";
      description = "list of ${phraseComposite elemType}";
      descriptionClass = "composite";
      check = isList;
      merge = mergeLists elemType;
      emptyValue.value = [ ];
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
      getSubModules = elemType.getSubModules;
      substSubModules = modules: listOf (elemType.substSubModules modules);
      functor = lib.types.elementFunctor "listOf" (payload: listOf payload.elemType) elemType;
      nestedTypes = { inherit elemType; };
    };

  # nonEmptyListOf :: type -> type
  nonEmptyListOf =
    elemType:
    let
      list = addCheck (listOf elemType) (v: v != [ ]);
    in
    list
    // {
      description = "non-empty ${phraseNoun list}";
      emptyValue = { };
      substSubModules = modules: nonEmptyListOf (elemType.substSubModules modules);
    };

  # attrsOf :: type -> type
  attrsOf = elemType: attrsWith { inherit elemType; };

  # lazyAttrsOf :: type -> type
  # Attributes may depend on each other; conditions on whole attributes do not
  # make them disappear.
  lazyAttrsOf =
    elemType:
    attrsWith {
      inherit elemType;
      lazy = true;
    };

  # attrsWith :: { elemType; lazy ? false; placeholder ? "name"; } -> type
  # The placeholder stands for the attribute names in documentation.
  attrsWith =
    {
      elemType,
      lazy ? false,
      placeholder ? "name",
    }:
    mkOptionType {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = (if lazy then "lazy attribute set" else "attribute set") + " of ${phraseComposite elemType}";
      descriptionClass = "composite";
      check = isAttrs;
      merge = (if lazy then mergeLazy else mergeStrict) elemType;
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      getSubModules = elemType.getSubModules;
      substSubModules =
        modules:
        attrsWith {
          elemType = elemType.substSubModules modules;
          inherit lazy placeholder;
        };
      functor =
        lib.types.elementFunctor "attrsWith" attrsWith elemType
        // {
          payload = { inherit elemType lazy placeholder; };
          binOp =
            a: b:
            let
              joined = a.elemType.typeMerge b.elemType.functor;
              placeholder =
                if a.placeholder == b.placeholder || b.placeholder == "name" then
                  a.placeholder
                else if a.placeholder == "name" then
                  b.placeholder
                else
                  null;
            in
            if joined == null || a.lazy != b.lazy || placeholder == null then
              null
            else
              {
                elemType = joined;
                inherit (a) lazy;
                inherit placeholder;
              };
        };
      nestedTypes = { inherit elemType; };
    };

  # loaOf :: type -> type
  # Once a list or a set; sets are what remained.
  loaOf =
    elemType:
    attrsOf elemType
    // {
      name = "loaOf";
      deprecationMessage = "Lists are no longer accepted; use `types.attrsOf' instead.";
    };
}
