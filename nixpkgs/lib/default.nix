# lib: the functions that packages, modules and configurations share.
#
# Comes in: nothing. Goes out: one attribute set, a fixed point that can be
# extended with `lib.extend`. Every subject has a file (or folder) of its own
# and is reachable as `lib.<subject>`; what is used daily is also at the top.
# The top-level names are listed one by one so that reading `lib.x` loads only
# the file that defines x.
let
  inherit (import ./fixed-points.nix { lib = { }; }) makeExtensible;
in
makeExtensible (
  self:
  let
    load = file: import file { lib = self; };
  in
  {
    # Language level.
    trivial = load ./trivial.nix;
    fixedPoints = load ./fixed-points.nix;
    attrsets = load ./attrsets.nix;
    lists = load ./lists.nix;
    strings = load ./strings;
    asserts = load ./asserts.nix;
    debug = load ./debug.nix;
    versions = load ./versions.nix;

    # Module system.
    options = load ./options.nix;
    types = load ./types;
    modules = load ./modules;

    # Packages and platforms.
    customisation = load ./customisation.nix;
    derivations = load ./derivations.nix;
    fetchers = load ./fetchers.nix;
    meta = load ./meta.nix;
    licenses = load ./licenses.nix;
    sourceTypes = load ./source-types.nix;
    maintainers = { };

    # Hashes to begin with; the error tells the right one.
    fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    fakeSha256 = "0000000000000000000000000000000000000000000000000000000000000000";
    fakeSha512 = "${self.fakeSha256}${self.fakeSha256}";

    teams = { };
    systems = load ./systems;
    platforms = self.systems.doubles;
    services = load ./services.nix;

    # Files.
    path = load ./path.nix;
    filesystem = load ./filesystem.nix;
    sources = load ./sources.nix;
    fileset = load ./fileset.nix;

    # Text formats and command lines.
    generators = load ./generators;
    cli = load ./cli.nix;
    flakes = {
      inherit (builtins) flakeRefToString parseFlakeRef;
    };
    gvariant = load ./gvariant.nix;
    kernel = load ./kernel.nix;
    network = load ./network.nix;
    stringsWithDeps = load ./strings-with-deps.nix;

    inherit (builtins)
      add
      addErrorContext
      attrNames
      concatLists
      deepSeq
      elem
      elemAt
      filter
      genericClosure
      genList
      getAttr
      hasAttr
      head
      isAttrs
      isBool
      isFloat
      isInt
      isList
      isPath
      isString
      length
      lessThan
      listToAttrs
      pathExists
      readFile
      replaceStrings
      seq
      stringLength
      sub
      substring
      tail
      trace
      ;

    inherit (self.trivial)
      and
      bitAnd
      bitNot
      bitOr
      bitXor
      boolToString
      boolToYesNo
      checkListOfEnum
      compare
      concat
      const
      defaultTo
      flip
      fromHexString
      functionArgs
      id
      importJSON
      importTOML
      info
      inNixShell
      inPureEvalMode
      isFunction
      isInOldestRelease
      mapNullable
      max
      mergeAttrs
      min
      mirrorFunctionArgs
      mod
      nixpkgsVersion
      oldestSupportedReleaseIsAtLeast
      or
      pipe
      release
      setFunctionArgs
      showWarnings
      splitByAndCompare
      throwIf
      throwIfNot
      toBaseDigits
      toFunction
      toHexString
      version
      versionSuffix
      warn
      warnIf
      warnIfNot
      xor
      ;

    inherit (self.fixedPoints)
      composeExtensions
      composeManyExtensions
      converge
      extends
      fix
      fix'
      makeExtensible
      makeExtensibleWithCustomName
      toExtension
      ;

    inherit (self.attrsets)
      attrByPath
      attrsToList
      attrVals
      attrValues
      cartesianProduct
      cartesianProductOfSets
      catAttrs
      chooseDevOutputs
      collect
      concatMapAttrs
      dontRecurseIntoAttrs
      filterAttrs
      filterAttrsRecursive
      foldAttrs
      foldlAttrs
      genAttrs
      genAttrs'
      getAttrFromPath
      getAttrs
      getBin
      getDev
      getFirstOutput
      getInclude
      getLib
      getMan
      getOutput
      getStatic
      hasAttrByPath
      intersectAttrs
      isDerivation
      longestValidPathPrefix
      mapAttrs
      mapAttrs'
      mapAttrsRecursive
      mapAttrsRecursiveCond
      mapAttrsToList
      mapAttrsToListRecursive
      mapAttrsToListRecursiveCond
      mapCartesianProduct
      matchAttrs
      mergeAttrsList
      nameValuePair
      optionalAttrs
      overrideExisting
      recurseIntoAttrs
      recursiveUpdate
      recursiveUpdateUntil
      removeAttrs
      setAttrByPath
      showAttrPath
      toDerivation
      unionOfDisjoint
      updateManyAttrsByPath
      zip
      zipAttrs
      zipAttrsWith
      zipAttrsWithNames
      zipWithNames
      ;

    inherit (self.lists)
      all
      allUnique
      any
      commonPrefix
      compareLists
      concatMap
      count
      crossLists
      drop
      dropEnd
      findFirst
      findFirstIndex
      findSingle
      flatten
      fold
      foldl
      foldl'
      foldr
      forEach
      groupBy
      groupBy'
      ifilter0
      imap
      imap0
      imap1
      init
      intersectLists
      last
      listDfs
      map
      mutuallyExclusive
      naturalSort
      optional
      optionals
      partition
      range
      remove
      replicate
      reverseList
      singleton
      sort
      sortOn
      sublist
      subtractLists
      take
      takeEnd
      toList
      toposort
      unique
      uniqueStrings
      zipLists
      zipListsWith
      ;

    inherit (self.strings)
      addContextFrom
      charToInt
      cmakeBool
      cmakeFeature
      cmakeOptionType
      concatImapStrings
      concatImapStringsSep
      concatLines
      concatMapAttrsStringSep
      concatMapStrings
      concatMapStringsSep
      concatStrings
      concatStringsSep
      enableFeature
      enableFeatureAs
      escape
      escapeC
      escapeNixIdentifier
      escapeNixString
      escapeRegex
      escapeShellArg
      escapeShellArgs
      escapeURL
      escapeXML
      fileContents
      fixedWidthNumber
      fixedWidthString
      floatToString
      getName
      getVersion
      hasInfix
      hasPrefix
      hasSuffix
      intersperse
      isConvertibleWithToString
      isStorePath
      isStringLike
      isValidPosixName
      join
      levenshtein
      levenshteinAtMost
      lowerChars
      makeBinPath
      makeIncludePath
      makeLibraryPath
      makeSearchPath
      makeSearchPathOutput
      match
      mesonBool
      mesonEnable
      mesonOption
      nameFromURL
      normalizePath
      optionalString
      readPathsFromFile
      removePrefix
      removeSuffix
      replaceChars
      replaceString
      sanitizeDerivationName
      split
      splitString
      splitStringBy
      storeDir
      stringAsChars
      stringToCharacters
      toCamelCase
      toInt
      toIntBase10
      toLower
      toSentenceCase
      toShellVar
      toShellVars
      toUpper
      trim
      trimWith
      upperChars
      versionAtLeast
      versionOlder
      withFeature
      withFeatureAs
      ;

    inherit (self.stringsWithDeps)
      fullDepEntry
      noDepEntry
      packEntry
      stringAfter
      textClosureList
      textClosureMap
      ;

    inherit (self.asserts) assertEachOneOf assertMsg assertOneOf;

    inherit (self.debug)
      testAllTrue
      runTests
      traceFnSeqN
      traceIf
      traceSeq
      traceSeqN
      traceVal
      traceValFn
      traceValSeq
      traceValSeqFn
      traceValSeqN
      traceValSeqNFn
      ;

    inherit (self.customisation)
      callPackagesWith
      callPackageWith
      extendDerivation
      extendMkDerivation
      hydraJob
      makeOverridable
      makeScope
      makeScopeWithSplicing
      makeScopeWithSplicing'
      overrideDerivation
      renameCrossIndexFrom
      renameCrossIndexTo
      mapCrossIndex
      ;

    inherit (self.derivations) lazyDerivation optionalDrvAttr warnOnInstantiate;

    inherit (self.generators) mkLuaInline;

    inherit (self.meta)
      addMetaAttrs
      appendToName
      availableOn
      dontDistribute
      getExe
      getExe'
      getLicenseFromSpdxId
      getLicenseFromSpdxIdOr
      hiPrio
      hiPrioSet
      hydraPlatforms
      licensesSpdx
      lowPrio
      lowPrioSet
      mapDerivationAttrset
      meetsPlatform
      platformMatch
      setName
      setPrio
      updateName
      ;

    inherit (self.sources)
      cleanSource
      cleanSourceFilter
      cleanSourceWith
      commitIdFromGitRepo
      pathHasContext
      pathIsGitRepo
      repoRevToName
      revOrTag
      sourceByRegex
      sourceFilesBySuffices
      canCleanSource
      ;

    inherit (self.filesystem)
      haskellPathsInDir
      listFilesRecursive
      locateDominatingFile
      packagesFromDirectoryRecursive
      pathIsDirectory
      pathIsRegularFile
      pathType
      ;

    inherit (self.options)
      getFiles
      getValues
      isOption
      literalExample
      literalExpression
      literalMD
      mdDoc
      mergeDefaultOption
      mergeEqualOption
      mergeOneOption
      mergeUniqueOption
      mkEnableOption
      mkOption
      mkPackageOption
      mkPackageOptionMD
      mkSinkUndeclaredOptions
      optionAttrSetToDocList
      optionAttrSetToDocList'
      scrubOptionValue
      showDefs
      showFiles
      showOption
      showOptionWithDefLocs
      unknownModule
      ;

    inherit (self.modules)
      applyModuleArgsIfFunction
      defaultOrderPriority
      defaultOverridePriority
      defaultPriority
      dischargeProperties
      doRename
      evalModules
      evalOptionValue
      filterOverrides
      fixMergeModules
      fixupOptionType
      importApply
      mergeAttrDefinitionsWithPrio
      mergeDefinitions
      mergeModules
      mergeModules'
      mergeOptionDecls
      mkAfter
      mkAliasAndWrapDefinitions
      mkAliasAndWrapDefsWithPriority
      mkAliasDefinitions
      mkAliasIfDef
      mkAliasOptionModule
      mkAliasOptionModuleMD
      mkAssert
      mkBefore
      mkChangedOptionModule
      mkDefault
      mkDefinition
      mkDerivedConfig
      mkFixStrictness
      mkForce
      mkIf
      mkImageMediaOverride
      mkMerge
      mkMergedOptionModule
      mkOptionDefault
      mkOrder
      mkOverride
      mkRemovedOptionModule
      mkRenamedOptionModule
      mkRenamedOptionModuleWith
      mkVMOverride
      pushDownProperties
      setDefaultModuleLocation
      sortProperties
      unifyModuleSyntax
      ;

    inherit (self.cli) toCommandLine toCommandLineGNU toCommandLineShell toCommandLineShellGNU toGNUCommandLine toGNUCommandLineShell;

    inherit (self.types) isType setType defaultTypeMerge defaultFunctor isOptionType mkOptionType;
  }
)
