# A package set that modules cannot reconfigure.
{ config, ... }:
{
  assertions = [
    {
      assertion = config.nixpkgs.overlays == [ ] && config.nixpkgs.config == { };
      message = "nixpkgs.overlays and nixpkgs.config have no effect here: the package set is read-only (nixpkgs.pkgs)";
    }
  ];
}
