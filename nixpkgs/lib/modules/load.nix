# From what users write as modules to a flat list of loaded modules.
#
# A loaded module is { _file; key; class; imports; disabled; options; config; }
# plus `freeformType` where the module sets one. Imports are followed breadth
# first; a key that was seen before is not loaded again.
{ lib }:
let
  inherit (builtins)
    addErrorContext
    all
    any
    attrNames
    concatMap
    elem
    elemAt
    filter
    functionArgs
    genericClosure
    genList
    isAttrs
    isFunction
    isList
    isPath
    isString
    length
    mapAttrs
    substring
    ;
  inherit (lib.modules) messages;

  # Attributes of a module that are not configuration.
  reserved = [ "_class" "_file" "key" "disabledModules" "require" "imports" "freeformType" ];
  # What may stand beside explicit `config` or `options`.
  structural = [ "_class" "_file" "key" "disabledModules" "imports" "options" "config" "meta" "freeformType" ];

  # The file that an attribute set was written in, for modules given without one.
  writtenIn =
    m:
    let
      names = attrNames m;
      pos = if names == [ ] then null else builtins.unsafeGetAttrPos (builtins.head names) m;
    in
    # Modules that functions of this folder made are not of interest themselves.
    if pos == null || dirOf pos.file == toString ./. then lib.modules.unknownModule else pos.file;

  # unifyModuleSyntax :: file -> key -> set -> loaded module
  unifyModuleSyntax =
    file: key: m:
    let
      _file =
        if m ? _file then
          toString m._file
        else if file != lib.modules.unknownModule then
          file
        else
          writtenIn m;
      head = {
        inherit _file;
        key = if m ? key then toString m.key else key;
        keyed = m ? key;
        class = m._class or null;
        disabled = m.disabledModules or [ ];
      };
      freeform = if m ? freeformType then { inherit (m) freeformType; } else { };
    in
    if m ? config || m ? options then
      let
        strange = removeAttrs m structural;
        config = m.config or { };
      in
      if strange != { } then
        throw (messages.strayAttributes _file (attrNames strange))
      else
        head
        // freeform
        // {
          imports = m.imports or [ ];
          options = m.options or { };
          config = if m ? meta then lib.mkMerge [ config { inherit (m) meta; } ] else config;
        }
    else if isAttrs m then
      head
      // freeform
      // {
        imports = m.require or [ ] ++ m.imports or [ ];
        options = { };
        config = removeAttrs m reserved;
      }
    else
      throw (messages.notAModule file m);

  # applyModuleArgs :: key -> function -> { args; moduleArgs; names; } -> set
  # Arguments that are not given directly are looked up in _module.args, lazily.
  applyModuleArgs =
    key: f: scope:
    let
      wanted = removeAttrs (if isFunction f then functionArgs f else lib.functionArgs f) scope.names;
      argument =
        name: _:
        addErrorContext "while evaluating the module argument `${name}' in \"${key}\":" (
          scope.moduleArgs.${name} or (throw (messages.missingArgument key name scope))
        );
    in
    f (if wanted == { } then scope.args else scope.args // mapAttrs argument wanted);

  # loadModule :: scope -> file -> key -> module -> loaded module
  loadModule =
    scope: file: key: m:
    if isFunction m then
      unifyModuleSyntax file key (checkResult file (applyModuleArgs key m scope))
    else if isAttrs m then
      if m ? __functor then
        unifyModuleSyntax file key (checkResult file (applyModuleArgs key m scope))
      else if !(m ? _type) || m._type == "module" then
        if m ? outPath && !(m ? config || m ? imports) then
          loadFile scope (toString m.outPath)
        else
          unifyModuleSyntax file key m
      else if elem m._type [ "if" "override" "merge" "order" ] then
        unifyModuleSyntax file key { config = m; }
      else
        throw (messages.notAModule file m)
    else if isList m then
      unifyModuleSyntax file key { imports = m; }
    else if isPath m || isString m then
      loadFile scope (toString m)
    else
      throw (messages.notAModule file m);

  loadFile =
    scope: path:
    let
      m = import path;
    in
    unifyModuleSyntax path path (
      checkResult path (if lib.isFunction m then applyModuleArgs path m scope else m)
    );

  checkResult =
    file: m:
    if isAttrs m && (!(m ? _type) || m._type == "module") then
      m
    else if isAttrs m && elem m._type [ "if" "override" "merge" "order" ] then
      { config = m; }
    else
      throw (messages.notAModule file m);

  # A key for disabledModules to be compared with the keys of loaded modules.
  disabledKey =
    modulesPath: file: m:
    if isString m then
      (if substring 0 1 m == "/" then m else toString modulesPath + "/" + m)
    else if isAttrs m && m ? key then
      toString m.key
    else if lib.isStringLike m then
      toString m
    else
      throw (messages.cannotDisable file m);

  checkClass =
    class: m:
    if class == null || m.class == null || m.class == class then
      m
    else
      throw (messages.wrongClass m._file m.class class);
in
{
  inherit unifyModuleSyntax applyModuleArgs;

  # applyModuleArgsIfFunction :: key -> module -> args -> module
  # For callers with their own `args`, of which `config` is one.
  applyModuleArgsIfFunction =
    key: m: args:
    if lib.isFunction m then
      applyModuleArgs key m {
        inherit args;
        names = attrNames args;
        moduleArgs = args.config._module.args;
      }
    else
      m;

  # collectModules :: class -> modulesPath -> scope -> [ { file; module; } | { file; config; } ] -> [ loaded module ]
  # The roots in order, then what they import, then what those import. A root
  # with `config` is known to be configuration only and needs no loading.
  collectModules =
    class: modulesPath: scope: roots:
    let
      item =
        file: parentKey: number: module:
        let
          loaded = checkClass class (loadModule scope file "${parentKey}:anon-${toString number}" module);
        in
        {
          inherit (loaded) key;
          module = loaded;
        };
      plainItem = root: i: rec {
        key = ":config-${toString i}";
        module = {
          _file = root.file;
          inherit key;
          inherit (root) config;
          keyed = false;
          imports = [ ];
          disabled = [ ];
          options = { };
        };
      };
      children = parent: genList (
        i: item parent.module._file parent.key (i + 1) (elemAt parent.module.imports i)
      ) (length parent.module.imports);

      start = genList (
        i:
        let
          root = elemAt roots i;
        in
        if root ? config then plainItem root i else item root.file "" (i + 1) root.module
      ) (length roots);

      # Without imports and keys of its own no root can meet another one.
      flat = all (entry: entry.module.imports == [ ] && !entry.module.keyed && entry.module.disabled == [ ]) start;

      closure = genericClosure {
        startSet = start;
        operator = children;
      };
      disabledKeys = concatMap (
        entry: map (disabledKey modulesPath entry.module._file) entry.module.disabled
      ) closure;
      enabled = filter (entry: !(elem entry.key disabledKeys));
      used =
        if flat then
          start
        else if !(any (entry: entry.module.disabled != [ ]) closure) then
          closure
        else
          genericClosure {
            startSet = enabled start;
            operator = entry: enabled (children entry);
          };
    in
    map (entry: entry.module) used;
}
