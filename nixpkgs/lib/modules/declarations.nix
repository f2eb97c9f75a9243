# From the declarations of one option to the option: several modules may
# declare it, each adding what the others left open.
#
# A declaration is { file; options; parent; }: where it stands, the option (or
# the subtree) itself, and the attribute set it was written in.
{ lib }:
let
  inherit (builtins)
    all
    filter
    foldl'
    head
    tail
    ;
  inherit (lib) types;
  inherit (lib.modules) messages setDefaultModuleLocation;

  isOption = v: v ? _type && v._type == "option";
  exclusive = [ "default" "example" "description" "apply" ];

  # Submodules declared without a file of their own report their option's file.
  located =
    loc: file: type:
    if type ? getSubModules then
      if type.getSubModules == null then
        type
      else
        type.substSubModules (map (setDefaultModuleLocation file) type.getSubModules)
    else if lib.isOptionType type then
      type
    else
      throw (messages.notAType loc file type);

  # Adds one further declaration to what was merged so far.
  combine =
    loc: acc: decl:
    let
      new = decl.options;
      clash = filter (name: new ? ${name} && acc.option ? ${name}) exclusive;
      mergedType = acc.option.type.typeMerge new.type.functor;
      type =
        if !(acc.option ? type) then
          located loc decl.file new.type
        else if mergedType == null then
          throw (messages.declaredTwice loc decl acc "type")
        else if (mergedType.getSubModules or null) == null then
          mergedType
        else
          mergedType.substSubModules (
            acc.option.type.getSubModules ++ map (setDefaultModuleLocation decl.file) new.type.getSubModules
          );
    in
    if clash != [ ] then
      throw (messages.declaredTwice loc decl acc (head clash))
    else
      {
        option = acc.option // new // (if new ? type then { inherit type; } else { });
        files = acc.files ++ [ decl.file ];
      };
in
rec {
  # mergeOptionDecls :: loc -> [ declaration ] -> option
  mergeOptionDecls =
    loc: decls:
    let
      first = head decls;
      merged =
        if tail decls == [ ] then
          {
            option = first.options;
            files = [ first.file ];
          }
        else
          foldl' (combine loc) {
            option =
              first.options
              // (if first.options ? type then { type = located loc first.file first.options.type; } else { });
            files = [ first.file ];
          } (tail decls);
      option = merged.option;
    in
    option
    // {
      inherit loc;
      declarations = merged.files;
      declarationPositions = map (
        decl:
        let
          pos = if decl ? parent then builtins.unsafeGetAttrPos (lib.last loc) decl.parent else null;
        in
        if pos == null then
          {
            file = decl.file;
            line = null;
            column = null;
          }
        else
          pos
      ) decls;
      options = [ ];
      type =
        if !(option ? type) then
          types.unspecified
        else if tail decls == [ ] then
          located loc first.file option.type
        else
          option.type;
    };

  # typeForValue :: loc -> declaration -> type
  # The type that a single declaration gives its option.
  typeForValue =
    loc: decl:
    if decl.options ? type then located loc decl.file decl.options.type else types.unspecified;

  # fixupOptionType :: loc -> option -> option
  # An option without type accepts anything once.
  fixupOptionType = loc: opt: if opt ? type then opt else opt // { type = types.unspecified; };

  # asOptions :: loc -> [ declaration ] -> [ declaration ]
  # Options declared below an option whose value is a submodule belong to that
  # submodule; below any other option they are a mistake.
  asOptions =
    loc: decls:
    let
      options = filter (decl: isOption decl.options) decls;
      nested = head (filter (decl: !(isOption decl.options)) decls);
      wrap =
        decl:
        if isOption decl.options then
          decl
        else
          decl
          // {
            options = lib.mkOption {
              type = types.submoduleWith {
                modules = [ { inherit (decl) options; } ];
                shorthandOnlyDefinesConfig = null;
              };
            };
          };
      isSubmodule = decl: decl.options ? type && decl.options.type.name == "submodule";
    in
    if all isSubmodule options then
      map wrap decls
    else
      throw (messages.optionInsideOption loc (head (filter (decl: !(isSubmodule decl)) options)) nested);
}
