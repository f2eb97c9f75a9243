package cli

import (
	"fmt"
	"strings"
)

// pairFlags take two words, as nix-instantiate's do: --arg NAME EXPR.
var pairFlags = []string{"--arg", "--argstr", "--override-input", "--override-flake"}

// pairSeparator stands between the two words once they are joined. It cannot
// occur in an argument of a process.
const pairSeparator = "\x00"

// joinPairs joins the words of flags that take two, which the flag library
// does not know.
func joinPairs(args []string) ([]string, error) {
	var joined []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(joined, args[i:]...), nil
		}
		if !isPairFlag(args[i]) {
			joined = append(joined, args[i])
			continue
		}
		if i+2 >= len(args) {
			return nil, &usageError{err: fmt.Errorf("%s needs a name and a value", args[i]), command: "berth"}
		}
		joined = append(joined, args[i]+"="+args[i+1]+pairSeparator+args[i+2])
		i += 2
	}
	return joined, nil
}

func isPairFlag(word string) bool {
	for _, f := range pairFlags {
		if word == f {
			return true
		}
	}
	return false
}

// pair is one value of a flag that takes two words.
type pair struct{ name, value string }

// pairsFlag collects the values of a flag that takes two words.
type pairsFlag struct {
	pairs []pair
	words string // for the help text
}

func (f *pairsFlag) String() string { return "" }
func (f *pairsFlag) Type() string   { return f.words }

func (f *pairsFlag) Set(joined string) error {
	name, value, ok := strings.Cut(joined, pairSeparator)
	if !ok {
		return fmt.Errorf("it takes two words, %s", f.words)
	}
	f.pairs = append(f.pairs, pair{name, value})
	return nil
}
