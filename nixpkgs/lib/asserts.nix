# Assertions with messages, for `assert` and `lib.seq`.
{ lib }:
rec {
  # assertMsg :: bool -> string -> true
  assertMsg = holds: message: holds || throw message;

  # assertOneOf :: name -> a -> [ a ] -> true
  assertOneOf =
    name: value: allowed:
    assertMsg (builtins.elem value allowed)
      "${name} must be one of ${lib.generators.toPretty { } allowed}, but is: ${lib.generators.toPretty { } value}";

  # assertEachOneOf :: name -> [ a ] -> [ a ] -> true
  assertEachOneOf =
    name: values: allowed:
    assertMsg (builtins.all (v: builtins.elem v allowed) values)
      "each element in ${name} must be one of ${lib.generators.toPretty { } allowed}, but is: ${lib.generators.toPretty { } values}";

  # checkAssertWarn :: [ { assertion; message; } ] -> [ warning ] -> a -> a
  # Fails with all messages of assertions that do not hold, then prints the warnings.
  checkAssertWarn =
    assertions: warnings: result:
    let
      failed = map (a: a.message) (builtins.filter (a: !a.assertion) assertions);
    in
    if failed != [ ] then
      throw "\nFailed assertions:\n${lib.concatMapStringsSep "\n" (m: "- ${m}") failed}"
    else
      lib.showWarnings warnings result;
}
