package nixpkgs

import "embed"

// Templates holds one folder for each template that new flakes are made from.
// They are not part of the package set.
//
//go:embed all:templates
var Templates embed.FS
