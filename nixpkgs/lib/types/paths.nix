# Paths.
{ lib }:
let
  inherit (builtins) substring;
  inherit (lib.options) mergeEqualOption;
  inherit (lib.types) mkOptionType;

  isAbsolute = v: substring 0 1 (toString v) == "/";
  isInStore =
    v:
    let
      text = builtins.unsafeDiscardStringContext (toString v);
    in
    lib.hasPrefix "${builtins.storeDir}/" text && builtins.match "\\.links(/.*)?|[^/]{0,3}" (lib.removePrefix "${builtins.storeDir}/" text) == null;
in
rec {
  path = pathWith { absolute = true; } // {
    name = "path";
  };

  pathInStore = pathWith { inStore = true; } // {
    name = "pathInStore";
  };

  # For secrets: whatever is here must not be copied to the store.
  externalPath = pathWith {
    absolute = true;
    inStore = false;
  } // {
    name = "externalPath";
  };

  # pathWith :: { inStore ? null; absolute ? null; } -> type
  # null means that it does not matter.
  pathWith =
    {
      inStore ? null,
      absolute ? null,
    }:
    lib.throwIf (inStore == true && absolute == false) "types.pathWith: a path in the store is always absolute" mkOptionType {
      name = "path";
      description =
        (if absolute == true then "absolute path" else if absolute == false then "relative path" else "path")
        + (if inStore == true then " in the Nix store" else if inStore == false then " not in the Nix store" else "");
      descriptionClass = "noun";
      check =
        v:
        lib.isStringLike v
        && (inStore == null || inStore == isInStore v)
        && (absolute == null || absolute == isAbsolute v);
      # Not marked as leaving single values alone: to check a path is to evaluate
      # the package that it may be in, which must wait until the value is used.
      merge = loc: defs: mergeEqualOption loc defs;
      functor = lib.types.defaultFunctor "path" // {
        type = pathWith;
        payload = { inherit inStore absolute; };
        binOp = a: b: if a == b then a else null;
      };
    };

}
