package eval

import (
	"strings"

	"berth.dev/nix/diagnostic"
)

// internalMark stands in front of the names of files that are part of the
// language. Messages show it, programs that ask for a position do not see it.
const internalMark = "«nix-internal»"

const derivationFile = internalMark + "/derivation-internal.nix"

// derivationText defines `derivation`: the set of a package is there as soon as
// its outputs are named; the derivation itself is made when a path is asked for.
//
// Programs can see where an attribute was defined, so lines and columns of the
// attributes are those that C++ Nix has: the function begins in line 30.
const derivationText = `drvAttrs@{
  outputs ? [ "out" ],
  ...
}:
let
  # Paths of the derivation and its outputs; asking for them makes it.
  made = derivationStrict drvAttrs;
  named = map element outputs;
  # What all outputs have: the attributes given, the outputs by name, and these.
  shared =
    drvAttrs
    // builtins.listToAttrs named
    // {
      all = map (output: output.value) named;
      inherit drvAttrs;
    };

  element = outputName: {
    name = outputName;
    value = shared // {
      outPath = made.${outputName};
      drvPath = made.drvPath;
      type = "derivation";
      inherit outputName;
    };
  };
in
(builtins.head named).value
`

// derivationLine is the line that the text begins in.
const derivationLine = 30

func loadDerivationFunction(t *thread) Value {
	text := strings.Repeat("\n", derivationLine-1) + derivationText
	return t.parse([]byte(text), diagnostic.File(derivationFile), "/", nil, nil).eval(t, nil)
}
