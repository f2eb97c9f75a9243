let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    (lib.mkRemovedOptionModule [ "old" ] "Use new.")
    { options.assertions = mkOption { }; config.old = 1; }
  ];
}).config.old
