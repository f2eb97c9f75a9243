# Kernel configuration entries and what they look like in a .config file.
{ lib }:
let
  entry = attrs: { optional = false; } // attrs;
in
{
  yes = entry { tristate = "y"; };
  no = entry { tristate = "n"; };
  module = entry { tristate = "m"; };
  unset = entry { tristate = null; };
  freeform = value: entry { freeform = value; };
  option = value: value // { optional = true; };

  # whenHelpers :: version -> { whenAtLeast; whenOlder; whenBetween; }
  # Entries that apply only to some kernels.
  whenHelpers =
    version:
    let
      when = cond: value: if cond then value else null;
    in
    {
      whenAtLeast = v: when (lib.versionAtLeast version v);
      whenOlder = v: when (lib.versionOlder version v);
      whenBetween = low: high: when (lib.versionAtLeast version low && lib.versionOlder version high);
    };
}
