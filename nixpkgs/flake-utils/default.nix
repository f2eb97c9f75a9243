# Functions that map flake outputs over systems.
let
  inherit (builtins)
    attrNames
    concatMap
    foldl'
    isAttrs
    listToAttrs
    ;

  allSystems = [
    "aarch64-darwin"
    "aarch64-linux"
    "armv6l-linux"
    "armv7l-linux"
    "i686-linux"
    "powerpc64le-linux"
    "riscv64-linux"
    "x86_64-darwin"
    "x86_64-freebsd"
    "x86_64-linux"
  ];

  defaultSystems = [
    "aarch64-darwin"
    "aarch64-linux"
    "x86_64-darwin"
    "x86_64-linux"
  ];

  # { a = 1; b = 2; } -> { <system>.a = 1; ... }, merged per output.
  eachSystemOp =
    merge: systems: outputsFor:
    foldl' (merge outputsFor) { } systems;

  eachSystem = eachSystemOp (
    outputsFor: merged: system:
    let
      outputs = outputsFor system;
    in
    foldl' (
      attrs: name:
      attrs
      // {
        ${name} = (attrs.${name} or { }) // {
          ${system} = outputs.${name};
        };
      }
    ) merged (attrNames outputs)
  );

  # Like eachSystem, for outputs that are not nested by system.
  eachSystemPassThrough = eachSystemOp (
    outputsFor: merged: system: merged // outputsFor system
  );

  eachDefaultSystem = eachSystem defaultSystems;
  eachDefaultSystemPassThrough = eachSystemPassThrough defaultSystems;

  system = listToAttrs (
    map (name: {
      inherit name;
      value = name;
    }) allSystems
  );

  # A nested package set as one level: { a.b = drv; } -> { "a/b" = drv; }
  flattenTree =
    tree:
    let
      walk =
        prefix: set:
        concatMap (
          name:
          let
            value = set.${name};
            path = prefix + name;
          in
          if !isAttrs value then
            [ ]
          else if value.type or null == "derivation" then
            [
              {
                name = path;
                inherit value;
              }
            ]
          else if value.recurseForDerivations or false then
            walk "${path}/" value
          else
            [ ]
        ) (attrNames set);
    in
    listToAttrs (walk "" tree);

  filterPackages =
    system: packages:
    listToAttrs (
      concatMap (
        name:
        let
          value = packages.${name};
          platforms = value.meta.platforms or null;
          usable =
            !(value.meta.broken or false) && (platforms == null || builtins.elem system platforms);
        in
        if value.type or null == "derivation" && usable then [ { inherit name value; } ] else [ ]
      ) (attrNames packages)
    );

  mkApp =
    {
      drv,
      name ? drv.pname or drv.name,
      exePath ? drv.passthru.exePath or "/bin/${drv.meta.mainProgram or name}",
    }:
    {
      type = "app";
      program = "${drv}${exePath}";
    };

  simpleFlake =
    {
      self,
      nixpkgs,
      name,
      overlay ? null,
      preOverlays ? [ ],
      systems ? defaultSystems,
      config ? { },
      shell ? null,
    }:
    let
      loadOverlay =
        o:
        if o == null then
          [ ]
        else
          [ (if builtins.isPath o || builtins.isString o then import o else o) ];
    in
    eachSystem systems (
      system:
      let
        pkgs = import nixpkgs {
          inherit system config;
          overlays = preOverlays ++ loadOverlay overlay;
        };
        packages = pkgs.${name} or { };
      in
      {
        legacyPackages = packages;
        packages = flattenTree packages;
        checks = packages.checks or { };
      }
      // (if packages ? defaultPackage then { defaultPackage = packages.defaultPackage; } else { })
      // (
        if shell == null then
          { }
        else
          {
            devShell =
              (if builtins.isPath shell || builtins.isString shell then import shell else shell) { inherit pkgs; };
          }
      )
    );

  meld =
    inputs: flakes:
    foldl' (
      output: flake:
      let
        subFlake = import flake inputs;
      in
      foldl' (
        merged: key:
        merged
        // {
          ${key} = merged.${key} or { } // subFlake.${key};
        }
      ) output (attrNames subFlake)
    ) { } flakes;

in
{
  inherit
    allSystems
    defaultSystems
    eachDefaultSystem
    eachDefaultSystemPassThrough
    eachSystem
    eachSystemPassThrough
    filterPackages
    flattenTree
    meld
    mkApp
    simpleFlake
    system
    ;
  eachSystemMap = systems: f: listToAttrs (map (name: { inherit name; value = f name; }) systems);
}
