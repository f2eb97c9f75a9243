let
  lib = import ../../../lib;
  inherit (lib) mkOption types;
in
(lib.evalModules {
  modules = [
    { options.source = mkOption { type = types.attrTag { file = mkOption { type = types.path; }; text = mkOption { type = types.str; }; }; }; }
    { _file = "/one.nix"; source.file = "/x"; }
    { _file = "/two.nix"; source.text = "x"; }
  ];
}).config.source
