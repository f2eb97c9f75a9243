// Package importrules holds the table of who may import whom in berth, as
// data; its test compares the table with what the go tool reports. Nothing
// imports this package.
package importrules

// module is the module path, the prefix of every package of berth.
const module = "berth.dev/"

// A row allows a package, and the packages below it, to import packages of
// berth that match one of the prefixes. Packages without a row are refused, so
// adding a package means deciding where it belongs.
type row struct {
	pkg string
	may []string
}

// table goes from the bottom up: a row never names anything further down.
var table = []row{
	// Layer 0: formats and plain data.
	{"nix/hash", nil},
	{"nix/storepath", []string{"nix/hash"}},
	{"nix/nar", []string{"nix/hash"}},
	{"nix/diagnostic", nil},
	{"internal/description", nil},
	{"internal/importrules", nil},
	{"nixpkgs", nil},

	// Layer 1: derivations, syntax, packages as published.
	{"nix/derivation", []string{"nix/hash", "nix/storepath"}},
	{"nix/syntax", []string{"nix/diagnostic"}},
	{"internal/debian", []string{"nix/hash"}},

	// Layer 2: the language. It touches nothing, see forbidden below.
	{"nix/eval", []string{"nix/"}},
	{"nix/flake", []string{"nix/"}},
	{"nix/format", []string{"nix/diagnostic", "nix/syntax"}},

	// Layer 3: the store and what is made in it.
	{"internal/isolate", nil},
	{"internal/store", []string{"nix/hash", "nix/storepath", "nix/nar", "nix/derivation"}},
	{"internal/build", []string{"nix/hash", "nix/storepath", "nix/nar", "nix/derivation", "internal/store", "internal/isolate", "internal/debian"}},
	{"internal/fetch", []string{"nix/", "internal/store"}},
	{"internal/binarycache", []string{"nix/hash", "nix/storepath", "nix/nar", "internal/store", "internal/build"}},
	{"internal/lockfile", []string{"internal/debian"}},
	{"internal/root", []string{"internal/description", "internal/debian", "internal/isolate", "internal/store"}},

	// Layer 4: where language and store meet.
	{"internal/evalcache", []string{"nix/"}},
	{"internal/instantiate", []string{"nix/", "nixpkgs", "internal/debian", "internal/store", "internal/build", "internal/fetch", "internal/evalcache"}},
	{"internal/system", []string{"nix/", "internal/description", "internal/store", "internal/build", "internal/root", "internal/debian", "internal/instantiate"}},

	{"internal/repl", []string{"nix/"}},
	{"internal/catalogue", []string{"nix/"}},
	{"internal/lsp", []string{"nix/", "internal/catalogue"}},

	// Layer 5: what runs a description; none of them knows the language.
	{"internal/image", []string{"nix/storepath", "internal/debian", "internal/store", "internal/build", "internal/root"}},
	{"internal/network", []string{"internal/description", "internal/isolate"}},

	{"internal/engine", []string{"internal/description", "internal/isolate", "internal/root", "nix/storepath"}},
	{"internal/engine/bridge", []string{"internal/description", "internal/network", "internal/engine"}},

	// Layer 6 and 7: machines, and tests over them.
	{"internal/machine", []string{"internal/description", "internal/isolate", "internal/root", "internal/network"}},
	{"internal/testdriver", []string{"internal/description", "internal/isolate", "internal/machine"}},
	{"internal/deploy", []string{"nix/storepath", "internal/description", "internal/root", "internal/system", "internal/machine"}},

	{"internal/kept/diff", []string{"internal/description"}},
	{"internal/kept", []string{"internal/kept/diff", "internal/description", "internal/isolate", "internal/network", "internal/root", "internal/machine"}},

	// Layer 8: people.
	{"internal/ui", []string{"nix/diagnostic", "internal/description"}},
	{"internal/cli", []string{""}},
	{"cmd/berth", []string{"internal/"}},
	{"test", []string{""}},
}

// forbidden names packages of the standard library that a part of berth must
// not import, directly or through other packages of berth.
var forbidden = map[string][]string{
	"nix/": {"os/exec", "net/http"},
}
