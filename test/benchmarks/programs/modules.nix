# A module system with 3 000 options and 300 submodules.
let
  lib = import ../../../nixpkgs/lib;
  inherit (lib) mkOption types;
  names = map (i: "option${toString i}") (lib.range 1 3000);
  submodule =
    { name, ... }:
    {
      options.x = mkOption {
        type = types.int;
        default = 1;
      };
      options.y = mkOption {
        type = types.listOf types.str;
        default = [ name ];
      };
    };
  result = lib.evalModules {
    modules = [
      {
        options = lib.genAttrs names (_: mkOption {
          type = types.attrsOf types.int;
          default = { };
        });
      }
      { config = lib.genAttrs names (_: { a = 1; b = lib.mkDefault 2; }); }
      { config = lib.genAttrs names (_: { b = 3; }); }
      {
        options.members = mkOption {
          type = types.attrsOf (types.submodule submodule);
          default = { };
        };
        config.members = lib.genAttrs (lib.take 300 names) (_: { y = [ "q" ]; });
      }
    ];
  };
in
builtins.hashString "sha256" (builtins.toJSON (removeAttrs result.config [ "_module" ]))
