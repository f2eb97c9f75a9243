# Everything that lib lists is there.
{ lib }:
let
  # Reading these warns.
  deprecated = [ "defaultPriority" "isCoercibleToString" "literalExample" "mkFixStrictness" ];
  present =
    set: builtins.all (name: builtins.seq set.${name} true) (builtins.attrNames (removeAttrs set deprecated));
  subjects = lib.filterAttrs (_: v: builtins.isAttrs v && !(v ? __functor)) (removeAttrs lib deprecated);
in
{
  testTopLevel.expr = present lib;
  testTopLevel.expected = true;

  testSubjects.expr = lib.filterAttrs (_: set: !(present set)) subjects;
  testSubjects.expected = { };

  # What is at the top is also where its subject says.
  testSameFunctions.expr = [
    (lib.functionArgs lib.mkPackageOption == lib.functionArgs lib.options.mkPackageOption)
    (lib.types.str.name == "str")
    (lib.platforms.linux == lib.systems.doubles.linux)
  ];
  testSameFunctions.expected = [ true true true ];
}
