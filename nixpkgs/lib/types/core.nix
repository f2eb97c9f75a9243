# What all types have in common.
{ lib }:
rec {
  # isType :: string -> a -> bool
  # Values of the module system carry their kind as `_type`.
  isType = type: value: (value._type or null) == type;

  # setType :: string -> set -> set
  setType = type: value: value // { _type = type; };

  isOptionType = isType "option-type";

  # mkOptionType :: { name; ... } -> type
  # The defaults accept everything and merge a single definition.
  mkOptionType =
    {
      # Identifies the type when declarations are joined.
      name,
      # For messages and documentation.
      description ? name,
      # Whether the description needs parentheses inside of another: "noun",
      # "conjunction", "composite", "nonRestrictiveClause".
      descriptionClass ? null,
      check ? _: true,
      merge ? lib.options.mergeDefaultOption,
      # { value; } when an option of this type may do without definitions.
      emptyValue ? { },
      # Options inside of the type's values, for documentation.
      getSubOptions ? _: { },
      # Modules that such options come from, and the type with other ones.
      getSubModules ? null,
      substSubModules ? _: null,
      # The join with another type's functor, null if there is none.
      typeMerge ? defaultTypeMerge functor,
      functor ? defaultFunctor name,
      deprecationMessage ? null,
      nestedTypes ? { },
    }:
    {
      _type = "option-type";
      inherit
        name
        descriptionClass
        check
        merge
        emptyValue
        getSubOptions
        getSubModules
        substSubModules
        typeMerge
        deprecationMessage
        nestedTypes
        description
        functor
        ;
    };

  # defaultFunctor :: name -> functor
  # payload is what distinguishes types of one name; binOp joins two payloads
  # and gives null when they do not fit; type makes the type again.
  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    wrapped = null;
    payload = null;
    binOp = _: _: null;
  };

  # elementFunctor :: name -> (payload -> type) -> type -> functor
  # For types with elements of one other type.
  elementFunctor = name: make: elemType: {
    inherit name;
    type = make;
    wrapped = elemType;
    payload = { inherit elemType; };
    binOp =
      a: b:
      let
        joined = a.elemType.typeMerge b.elemType.functor;
      in
      if joined == null then null else { elemType = joined; };
  };

  # defaultTypeMerge :: functor -> functor -> type | null
  defaultTypeMerge =
    f: g:
    let
      payload = f.binOp f.payload g.payload;
      wrapped = f.wrapped.typeMerge g.wrapped.functor;
    in
    if f.name != g.name then
      null
    else if f.payload != null then
      (if g.payload == null || payload == null then null else f.type payload)
    else if f.wrapped != null then
      (if g.wrapped == null || wrapped == null then null else f.type wrapped)
    else
      f.type;

  # optionDescriptionPhrase :: (class -> bool) -> type -> string
  # The description, in parentheses unless its class is fine as it is.
  optionDescriptionPhrase =
    bare: type:
    if bare (type.descriptionClass or null) then type.description else "(${type.description})";

  # Two frequent arguments of the above.
  phraseNoun = optionDescriptionPhrase (class: class == "noun");
  phraseComposite = optionDescriptionPhrase (class: class == "noun" || class == "composite");

  # withIdentity :: merge -> merge
  # Marks a merge function under which one checked definition is its own result.
  withIdentity = merge: {
    identity = true;
    __functor = _: merge;
  };

  # isIdentity :: type -> bool
  isIdentity = type: type.merge ? identity;

}
