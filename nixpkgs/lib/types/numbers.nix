# Numbers.
{ lib }:
let
  inherit (builtins) isFloat isInt;
  inherit (lib.options) mergeEqualOption;
  inherit (lib.types) addCheck mkOptionType;

  isNumber = v: isInt v || isFloat v;

  # A number type within bounds, both included.
  bounded =
    base: name: noun:
    lowest: highest:
    lib.throwIf (lowest > highest)
      "${name}: lowest must be smaller than highest"
      (
        addCheck base (v: v >= lowest && v <= highest)
        // {
          name = "${base.name}Between";
          description = "${noun} between ${toString lowest} and ${toString highest} (both inclusive)";
        }
      );

  # Integers of a machine word.
  word =
    name: bits: signedness: lowest: highest:
    lib.types.ints.between lowest highest
    // {
      inherit name;
      description = "${toString bits} bit ${signedness} integer; between ${toString lowest} and ${toString highest} (both inclusive)";
    };
  unsigned = bits: top: word "unsignedInt${toString bits}" bits "unsigned" 0 (top - 1);
  signed = bits: top: word "signedInt${toString bits}" bits "signed" (-top) (top - 1);
in
rec {
  int = mkOptionType {
    name = "int";
    description = "signed integer";
    descriptionClass = "noun";
    check = isInt;
    merge = mergeEqualOption;
  };

  ints = {
    # between :: int -> int -> type
    between = bounded int "ints.between" "integer";

    unsigned = addCheck int (v: v >= 0) // {
      name = "unsignedInt";
      description = "unsigned integer, meaning >=0";
      descriptionClass = "nonRestrictiveClause";
    };

    positive = addCheck int (v: v > 0) // {
      name = "positiveInt";
      description = "positive integer, meaning >0";
      descriptionClass = "nonRestrictiveClause";
    };

    u8 = unsigned 8 256;
    u16 = unsigned 16 65536;
    u32 = unsigned 32 4294967296;
    s8 = signed 8 128;
    s16 = signed 16 32768;
    s32 = signed 32 2147483648;
  };

  port = ints.u16;

  float = mkOptionType {
    name = "float";
    description = "floating point number";
    descriptionClass = "noun";
    check = isFloat;
    merge = mergeEqualOption;
  };

  number = lib.types.either int float;

  numbers = {
    # between :: number -> number -> type
    between = bounded (addCheck number isNumber // { name = "number"; }) "numbers.between" "integer or floating point number";

    nonnegative = addCheck number (v: v >= 0) // {
      name = "numberNonnegative";
      description = "nonnegative integer or floating point number, meaning >=0";
      descriptionClass = "nonRestrictiveClause";
    };

    positive = addCheck number (v: v > 0) // {
      name = "numberPositive";
      description = "positive integer or floating point number, meaning >0";
      descriptionClass = "nonRestrictiveClause";
    };
  };
}
