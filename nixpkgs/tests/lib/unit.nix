# All unit tests of lib: an empty list when every one of them holds.
#
# Each file in unit/ is a function from lib to tests in the form of
# lib.debug.runTests.
let
  lib = import ../../lib;
  names = builtins.attrNames (builtins.readDir ./unit);
  run =
    name: map (failure: failure // { file = name; }) (lib.runTests (import (./unit + "/${name}") { inherit lib; }));
in
builtins.concatLists (map run names)
