# Configuration files from Nix values: each format is a type for an option and
# a `generate name value` that makes the file.
{ lib, pkgs }:
let
  inherit (lib) types;

  scalar = types.nullOr (
    types.oneOf [
      types.bool
      types.int
      types.float
      types.str
      types.path
    ]
  );

  entry = lists: if lists then types.either scalar (types.listOf scalar) else scalar;

  tree =
    description:
    let
      value =
        (types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.float
            types.str
            types.path
            (types.attrsOf value)
            (types.listOf value)
          ]
        ))
        // {
          inherit description;
        };
    in
    value;

  keyValueText =
    {
      mkKeyValue ? lib.generators.mkKeyValueDefault { } "=",
      listsAsDuplicateKeys ? false,
      ...
    }:
    lib.generators.toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; };
in
{
  json = _: {
    type = tree "JSON value";
    generate = name: value: pkgs.writeText name (builtins.toJSON value + "\n");
  };

  # JSON is YAML, so no converter has to run.
  yaml = _: {
    type = tree "YAML value";
    generate = name: value: pkgs.writeText name (builtins.toJSON value + "\n");
  };

  toml = _: {
    type = tree "TOML value";
    generate = name: value: pkgs.writeText name (import ./toml.nix { inherit lib; } value);
  };

  ini =
    {
      listsAsDuplicateKeys ? false,
      listToValue ? null,
      ...
    }@arguments:
    {
      type = types.attrsOf (types.attrsOf (entry (listsAsDuplicateKeys || listToValue != null)));
      generate =
        name: value:
        pkgs.writeText name (
          lib.generators.toINI (removeAttrs arguments [ "listToValue" ]) (
            if listToValue == null then
              value
            else
              lib.mapAttrs (_: lib.mapAttrs (_: v: if builtins.isList v then listToValue v else v)) value
          )
        );
    };

  keyValue =
    arguments@{
      listsAsDuplicateKeys ? false,
      ...
    }:
    {
      type = types.attrsOf (entry listsAsDuplicateKeys);
      generate = name: value: pkgs.writeText name (keyValueText arguments value);
    };
}
