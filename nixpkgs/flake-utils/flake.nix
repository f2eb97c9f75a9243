{
  description = "Functions that map flake outputs over systems";

  outputs =
    { self }:
    {
      lib = import ./default.nix;
    };
}
