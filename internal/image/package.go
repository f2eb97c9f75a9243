package image

import "strings"

// storePackage reads a package's name and version from its store path, as Nix
// does: the version begins at the first hyphen that no letter follows.
func storePackage(path string) Package {
	name := nameOf(path)
	for i := 0; i+1 < len(name); i++ {
		if next := name[i+1]; name[i] == '-' && !isLetter(next) {
			return Package{Name: name[:i], Version: name[i+1:], Path: path}
		}
	}
	return Package{Name: strings.TrimSuffix(name, ".drv"), Path: path}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
