# Where nixpkgs has makeTest, the oldest way to write a system test.
{
  system ? builtins.currentSystem,
  pkgs ? import ../.. { inherit system; },
  ...
}:
{
  makeTest = pkgs.nixosTest;
  simpleTest = pkgs.nixosTest;
  runTest = pkgs.testers.runNixOSTest;
}
