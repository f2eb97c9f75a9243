let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.name = mkOption { type = types.unique { message = "There is only one name."; } types.str; }; }
    { name = "a"; }
    { name = "b"; }
  ];
}).config.name
