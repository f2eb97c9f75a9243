# A package set of 3 000 packages with overlays, override functions and
# dependencies: the derivation paths of all of them.
let
  lib = import ../../../nixpkgs/lib;
  count = 3000;
  name = i: "package${toString i}";
  base =
    self:
    lib.listToAttrs (
      map (i: {
        name = name i;
        value = lib.makeOverridable self.make {
          pname = name i;
          version = "1.${toString i}";
          inputs = map (k: self.${name k}) (lib.filter (k: k > 0) [ (i / 2) (i / 3) (i - 7) ]);
        };
      }) (lib.range 1 count)
    )
    // {
      make =
        { pname, version, inputs, flags ? [ ], ... }@arguments:
        derivation (
          removeAttrs arguments [ "inputs" ]
          // {
            name = "${pname}-${version}";
            system = "x86_64-linux";
            builder = "/bin/sh";
            args = [ "-c" "make ${lib.concatStringsSep " " flags}" ];
            inherit inputs;
            meta = null;
          }
        );
    };
  overlay = self: super: lib.genAttrs (map (i: name (i * 10)) (lib.range 1 (count / 10))) (
    n: super.${n}.override { flags = [ "--prefix=$out" "--with-${n}" ]; }
  );
  set = lib.fix (lib.extends overlay base);
in
builtins.hashString "sha256" (lib.concatMapStrings (i: set.${name i}.drvPath) (lib.range 1 count))
