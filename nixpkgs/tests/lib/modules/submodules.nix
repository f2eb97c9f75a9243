# Options that are configurations themselves.
let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
  user = { name, config, ... }: {
    options = {
      name = mkOption { type = types.str; default = name; };
      uid = mkOption { type = types.nullOr types.int; default = null; };
      home = mkOption { type = types.str; default = "/home/${config.name}"; };
      groups = mkOption { type = types.listOf types.str; default = [ ]; };
    };
  };
in
(lib.evalModules {
  modules = [
    {
      options = {
        users = mkOption { type = types.attrsOf (types.submodule user); default = { }; };
        lazy = mkOption { type = types.lazyAttrsOf (types.submodule user); default = { }; };
        list = mkOption { type = types.listOf (types.submodule { options.x = mkOption { type = types.int; }; }); };
        one = mkOption { type = types.submodule { options.x = mkOption { default = 1; }; options.y = mkOption { default = 2; }; }; default = { }; };
        maybe = mkOption { type = types.nullOr (types.submodule { options.x = mkOption { default = 1; }; }); default = null; };
        some = mkOption { type = types.nullOr (types.submodule { options.x = mkOption { default = 1; }; }); };
        # `config` and `options` are ordinary names inside of a shorthand definition.
        shorthand = mkOption { type = types.submodule { options.config = mkOption { type = types.int; }; }; };
        full = mkOption {
          type = types.submoduleWith {
            modules = [ ({ extra, ... }: { options.x = mkOption { default = extra; }; }) ];
            specialArgs.extra = "special";
          };
        };
        nested = mkOption { type = types.attrsOf (types.attrsOf (types.submodule ({ name, ... }: { options.n = mkOption { default = name; }; }))); };
        coerced = mkOption { type = types.coercedTo types.int (x: { inherit x; }) (types.submodule { options.x = mkOption { type = types.int; }; }); };
      };
    }
    {
      users.alice = { uid = 1; groups = [ "a" ]; };
      users.bob.name = "robert";
      users.gone = lib.mkIf false { };
      lazy.carol = { };
      list = [ { x = 1; } ({ ... }: { x = 2; }) ];
      one.y = 3;
      some = { };
      shorthand.config = 5;
      full = { options.y = mkOption { default = "declared by a definition"; }; };
      nested.a.b = { };
      coerced = 4;
    }
    ({ lib, ... }: {
      # A second declaration adds options to the submodule.
      options.one = mkOption { type = types.submodule { options.z = mkOption { default = "more"; }; }; };
      config.users.alice.groups = [ "b" ];
      config.users.bob = { config, ... }: { uid = lib.stringLength config.home; };
      config.list = [ { x = 3; } ];
      config.users.dave = lib.mkMerge [ { uid = lib.mkDefault 4; } { uid = 5; } ];
      config.full = { ... }: { x = "defined"; };
    })
    # Options below a submodule option belong to it too.
    { options.one.w = mkOption { default = "below"; }; }
  ];
}).config
