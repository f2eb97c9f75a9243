# pkgs.testers: tests of systems, with this package set in all machines.
{ lib, pkgs }:
let
  entryPoints = import ./entry-points.nix {
    inherit lib;
    pkgsFor = {
      ${pkgs.system} = pkgs;
    };
  };

  # The older interface takes a set, a file, or a function of packages.
  toModule =
    test:
    let
      loaded = if builtins.isPath test || builtins.isString test then import test else test;
      set = if lib.isFunction loaded then loaded ({ inherit pkgs lib; } // pkgs) else loaded;
      names = if builtins.isAttrs set then builtins.attrNames set else [ ];
      place = if names == [ ] then null else builtins.unsafeGetAttrPos (builtins.head names) set;
    in
    {
      # Messages name the file that the test is written in.
      _file =
        if builtins.isPath test then
          toString test
        else if place == null then
          "the argument of nixosTest"
        else
          place.file;
      imports = [ set ];
      config.hostPkgs = lib.mkDefault pkgs;
    };
in
{
  nixosTest = test: entryPoints.runTest (toModule test);

  runNixOSTest =
    module:
    entryPoints.runTest {
      imports = [ module ];
      config = {
        hostPkgs = lib.mkDefault pkgs;
        node.pkgs = lib.mkDefault pkgs;
      };
    };
}
