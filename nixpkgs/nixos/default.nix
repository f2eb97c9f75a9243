# import <nixpkgs/nixos> { configuration = ...; }
{
  configuration ? throw "pass the configuration: import <nixpkgs/nixos> { configuration = ./configuration.nix; }",
  system ? builtins.currentSystem,
  specialArgs ? { },
}:
let
  evaluated = import ./lib/eval-config.nix {
    inherit system specialArgs;
    modules = [ configuration ];
  };
in
{
  inherit (evaluated) pkgs config options;
  system = evaluated.config.system.build.toplevel;
}
