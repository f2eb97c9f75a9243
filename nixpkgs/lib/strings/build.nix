# Flags of common build systems.
{ lib }:
let
  mustBe =
    function: what: check: v:
    if check v then v else throw "${function}: expected ${what}, but got ${builtins.typeOf v}";
  name = function: mustBe function "a string as the name" builtins.isString;
  flag = function: mustBe function "a boolean" builtins.isBool;
in
rec {
  # mesonOption :: name -> string -> string
  mesonOption = n: v: "-D${name "mesonOption" n}=${mustBe "mesonOption" "a string" builtins.isString v}";

  # mesonBool :: name -> bool -> string
  mesonBool = n: v: mesonOption (name "mesonBool" n) (lib.boolToString (flag "mesonBool" v));

  # mesonEnable :: name -> bool -> string
  mesonEnable = n: v: mesonOption n (if flag "mesonEnable" v then "enabled" else "disabled");

  # cmakeOptionType :: type -> name -> string -> string
  cmakeOptionType =
    type: n: v:
    let
      types = [ "BOOL" "FILEPATH" "INTERNAL" "PATH" "STATIC" "STRING" ];
      upper = lib.toUpper type;
    in
    if builtins.elem upper types then
      "-D${name "cmakeOptionType" n}:${upper}=${v}"
    else
      throw "cmakeOptionType: '${type}' is none of ${lib.concatStringsSep ", " types}";

  # cmakeBool :: name -> bool -> string
  cmakeBool = n: v: cmakeOptionType "bool" n (lib.toUpper (lib.boolToString (flag "cmakeBool" v)));

  # cmakeFeature :: name -> string -> string
  cmakeFeature = n: v: cmakeOptionType "string" n v;

  # enableFeature, withFeature :: bool -> feature -> string
  enableFeature = yes: feature: "--${if yes then "enable" else "disable"}-${name "enableFeature" feature}";
  withFeature = yes: feature: "--${if yes then "with" else "without"}-${name "withFeature" feature}";

  # enableFeatureAs, withFeatureAs :: bool -> feature -> value -> string
  enableFeatureAs =
    yes: feature: v:
    enableFeature yes feature + lib.optionalString yes "=${v}";
  withFeatureAs =
    yes: feature: v:
    withFeature yes feature + lib.optionalString yes "=${v}";

}
