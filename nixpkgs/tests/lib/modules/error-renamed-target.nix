let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    (lib.mkAliasOptionModule [ "old" ] [ "does" "not" "exist" ])
    { old = 1; }
  ];
}).config.old
