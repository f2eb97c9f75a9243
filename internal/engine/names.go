package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
)

// interfaceLimit is how long the kernel lets a link's name be.
const interfaceLimit = 15

// interfaceName shortens a name by the digest of what does not fit.
func interfaceName(name string) string {
	if len(name) <= interfaceLimit {
		return name
	}
	const kept, digits = 5, 10
	sum := sha256.Sum256([]byte(name))
	return name[:kept] + hex.EncodeToString(sum[:])[:digits]
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
