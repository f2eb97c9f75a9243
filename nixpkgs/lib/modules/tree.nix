# From declarations and definitions of all modules to the trees of options and
# values.
#
# The two inputs are zipped level by level. A level is built when something
# below it is read, and each of its nodes keeps options, values and definitions
# without an option apart, so that reading one does not build the others.
{ lib }:
let
  inherit (builtins)
    all
    any
    attrNames
    concatMap
    head
    isAttrs
    mapAttrs
    tail
    zipAttrsWith
    ;
  inherit (lib.modules)
    asOptions
    evalLeaf
    mergeOptionDecls
    messages
    pushDownProperties
    typeForValue
    ;

  isOption = v: v ? _type && v._type == "option";
  collectValues = zipAttrsWith (_: values: values);

  # { name = [ declaration ]; } for one level.
  declarationsByName =
    loc: decls:
    let
      below =
        { file, options, ... }@decl:
        if isAttrs options then
          mapAttrs (_: below: {
            inherit file;
            options = below;
            parent = options;
          }) options
        else
          throw (messages.notAnOption loc decl);
    in
    if decls != [ ] && tail decls == [ ] then
      mapAttrs (_: decl: [ decl ]) (below (head decls))
    else
      collectValues (map below decls);

  # { name = [ definition ]; } for one level.
  definitionsByName =
    defs:
    let
      below =
        { file, value, ... }:
        mapAttrs (_: inner: {
          inherit file;
          value = inner;
          source = value;
        }) value;
    in
    if defs != [ ] && tail defs == [ ] then
      mapAttrs (_: def: [ def ]) (below (head defs))
    else
      collectValues (map below defs);

  # Definitions of a whole level, with their properties moved one level down.
  pushDown =
    loc: defs:
    concatMap (
      def:
      if def.value ? _type then
        map (value: {
          inherit (def) file;
          value =
            if isAttrs value then value else throw (messages.notASet loc (def // { inherit value; }));
        }) (pushDownProperties def.value)
      else if isAttrs def.value then
        [ def ]
      else
        throw (messages.notASet loc def)
    ) defs;

  leaf =
    loc: decls: defs:
    let
      first = head decls;
      merged = mergeOptionDecls loc decls;
      evaluated =
        if tail decls == [ ] then
          evalLeaf loc first.options (typeForValue loc first) first.file defs
        else
          evalLeaf loc merged merged.type first.file defs;
    in
    {
      option = merged // evaluated.details;
      config = evaluated.value;
      unmatched = [ ];
    };

  node =
    loc: decls: defs:
    if tail decls == [ ] then
      (if isOption (head decls).options then leaf loc decls defs else level loc decls (pushDown loc defs))
    else if !(any (decl: isOption decl.options) decls) then
      level loc decls (pushDown loc defs)
    else if all (decl: isOption decl.options) decls then
      leaf loc decls defs
    else
      leaf loc (asOptions loc decls) defs;

  # The same result as `node` has, for all names of a level together.
  level =
    prefix: decls: configs:
    mergeNames prefix (declarationsByName prefix decls) (definitionsByName configs);

  # mergeNames :: loc -> { name = [ declaration ]; } -> { name = [ definition ]; } -> { option; config; unmatched; }
  mergeNames =
    prefix: decls: defs:
    let
      nodes = mapAttrs (name: decl: node (prefix ++ [ name ]) decl (defs.${name} or [ ])) decls;
    in
    {
      option = mapAttrs (_: n: n.option) nodes;
      config = mapAttrs (_: n: n.config) nodes;
      unmatched = concatMap (
        name:
        if nodes ? ${name} then
          nodes.${name}.unmatched
        else
          map (def: def // { loc = prefix ++ [ name ]; }) defs.${name}
      ) (attrNames defs);
    };
in
{
  inherit
    declarationsByName
    definitionsByName
    mergeNames
    pushDown
    ;

  # mergeModules :: prefix -> [ module ] -> { matchedOptions; unmatchedDefns; }
  # For callers that have loaded modules themselves.
  mergeModules =
    prefix: modules:
    lib.modules.mergeModules' prefix modules (
      concatMap (m: map (config: { inherit (m) file; inherit config; }) (pushDownProperties m.config)) (
        map (m: m // { file = m._file or m.file; }) modules
      )
    );

  mergeModules' =
    prefix: modules: configs:
    let
      tree = level prefix (map (m: {
        file = m._file or m.file;
        inherit (m) options;
      }) modules) (map (c: {
        inherit (c) file;
        value = c.config;
      }) configs);
    in
    {
      matchedOptions = tree.option;
      unmatchedDefns = map (def: {
        inherit (def) file value;
        prefix = lib.drop (builtins.length prefix) def.loc;
      }) tree.unmatched;
    };
}
