# Properties: conditions, priorities, orders and merges that a definition can
# be wrapped in, and how they are taken off again.
#
# A property is a set whose `_type` is "if", "merge", "override", "order" or
# "definition". They are pushed down to single options before merging, so a
# condition is evaluated only when an option below it is.
{ lib }:
let
  inherit (builtins)
    any
    concatMap
    filter
    foldl'
    isAttrs
    isBool
    mapAttrs
    ;

  # A property cannot be recognised by `_type` alone: options, types and
  # licences carry that attribute too and are ordinary values.
  isProperty = v: v ? _type && (v._type == "if" || v._type == "merge" || v._type == "override");
in
rec {
  # mkIf :: bool -> a -> property
  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };

  # mkAssert :: bool -> string -> a -> property
  mkAssert =
    assertion: message: content:
    mkIf (if assertion then true else throw "\nFailed assertion: ${message}") content;

  # mkMerge :: [ a ] -> property
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };

  # mkOverride :: int -> a -> property
  # Definitions with the lowest number win; the others are ignored.
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };

  mkOptionDefault = mkOverride 1500; # the default of an option
  mkDefault = mkOverride 1000; # a module's own choice
  defaultOverridePriority = 100; # what has no override
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  defaultPriority = lib.warn "lib.modules.defaultPriority: use defaultOverridePriority or defaultOrderPriority" defaultOverridePriority;

  # mkFixStrictness :: a -> a
  # Needed long ago; does nothing.
  mkFixStrictness = lib.warn "lib.mkFixStrictness has no effect and will be removed" (v: v);

  # mkOrder :: int -> a -> property
  # Places a definition among others of the same option, smaller numbers first.
  mkOrder = priority: content: {
    _type = "order";
    inherit priority content;
  };

  mkBefore = mkOrder 500;
  defaultOrderPriority = 1000;
  mkAfter = mkOrder 1500;

  # mkDefinition :: { file; value; } -> property
  # A value which reports another file as its origin.
  mkDefinition = args: args // { _type = "definition"; };

  # pushDownProperties :: set | property -> [ set ]
  # The plain sets that a module's configuration consists of, with conditions
  # and priorities moved to their attributes. Does not evaluate conditions.
  pushDownProperties =
    config:
    if !(config ? _type) then
      [ config ]
    else if config._type == "merge" then
      concatMap pushDownProperties config.contents
    else if config._type == "if" then
      map (mapAttrs (_: mkIf config.condition)) (pushDownProperties config.content)
    else if config._type == "override" then
      map (mapAttrs (_: mkOverride config.priority)) (pushDownProperties config.content)
    else if config._type == "order" then
      map (mapAttrs (_: mkOrder config.priority)) (pushDownProperties config.content)
    else
      [ config ];

  # dischargeProperties :: a -> [ a ]
  # Evaluates conditions and merges; the values that remain.
  dischargeProperties =
    v:
    if !(isProperty v) then
      [ v ]
    else if v._type == "merge" then
      concatMap dischargeProperties v.contents
    else if v._type == "if" then
      if isBool v.condition then
        (if v.condition then dischargeProperties v.content else [ ])
      else
        throw "`mkIf' was called with a condition that is not a Boolean but a ${builtins.typeOf v.condition}"
    else
      [ v ];

  # filterOverrides :: [ definition ] -> [ definition ]
  # The definitions with the best priority, without their override wrappers.
  filterOverrides = defs: (filterOverrides' defs).values;

  # filterOverrides' :: [ definition ] -> { values; highestPrio; }
  filterOverrides' =
    defs:
    let
      isOverride = def: def.value ? _type && def.value._type == "override";
      priority = def: if isOverride def then def.value.priority else defaultOverridePriority;
      strip = def: if isOverride def then def // { value = def.value.content; } else def;
      highestPrio = foldl' (best: def: lib.min (priority def) best) 9999 defs;
    in
    {
      values = concatMap (def: if priority def == highestPrio then [ (strip def) ] else [ ]) defs;
      inherit highestPrio;
    };

  # sortProperties :: [ definition ] -> [ definition ]
  # By order priority; definitions of equal priority keep their places.
  sortProperties =
    defs:
    let
      isOrder = def: def.value ? _type && def.value._type == "order";
      strip =
        def:
        if isOrder def then
          def
          // {
            value = def.value.content;
            inherit (def.value) priority;
          }
        else
          def;
      priority = def: def.priority or defaultOrderPriority;
    in
    if any isOrder defs then
      lib.sort (a: b: priority a < priority b) (map strip defs)
    else
      defs;
}
