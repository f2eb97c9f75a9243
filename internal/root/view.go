package root

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/debian"
)

// A part is one unpacked package of the closure.
type part struct {
	tree     string // physical directory
	manifest *debian.Part
}

// A view looks at parts as the one tree that they become. Symbolic links are
// not followed.
type view struct{ parts []part }

// openView reads the manifests of part directories.
func openView(dirs []string) (*view, error) {
	v := &view{}
	for _, dir := range dirs {
		manifest, err := debian.ReadPart(dir)
		if err != nil {
			return nil, err
		}
		v.parts = append(v.parts, part{filepath.Join(dir, "root"), manifest})
	}
	slices.SortFunc(v.parts, func(a, b part) int { return strings.Compare(a.manifest.Name, b.manifest.Name) })
	for i := 1; i < len(v.parts); i++ {
		if a, b := v.parts[i-1].manifest, v.parts[i].manifest; a.Name == b.Name {
			return nil, fmt.Errorf("the closure has package %s twice, as %s and %s", a.Name, a.Version, b.Version)
		}
	}
	return v, nil
}

// has reports whether a package is part of the view.
func (v *view) has(name string) bool {
	_, found := slices.BinarySearchFunc(v.parts, name, func(p part, name string) int {
		return strings.Compare(p.manifest.Name, name)
	})
	return found
}

// find returns where a path physically is.
func (v *view) find(name string) (string, bool) {
	for _, p := range v.parts {
		physical := filepath.Join(p.tree, name)
		if _, err := os.Lstat(physical); err == nil {
			return physical, true
		}
	}
	return "", false
}

// exists reports whether an absolute path exists, following the links of the
// merged /usr and final links.
func (v *view) exists(name string) bool {
	_, ok := v.resolve(name, 8)
	return ok
}

// resolve follows links at the end of a path and returns the physical place.
func (v *view) resolve(name string, links int) (string, bool) {
	name = mergeUsr(clean(name))
	physical, ok := v.find(name)
	if !ok || links == 0 {
		return "", false
	}
	target, err := os.Readlink(physical)
	if err != nil {
		return physical, true
	}
	if !path.IsAbs(target) {
		target = path.Join("/", path.Dir(name), target)
	}
	return v.resolve(target, links-1)
}

// mergeUsr moves a path below the directories that Debian has merged.
func mergeUsr(name string) string {
	top, _, below := strings.Cut(name, "/")
	if below && slices.Contains(mergedDirectories, top) {
		return "usr/" + name
	}
	return name
}

// A match is a file that a pattern found.
type match struct {
	name     string // path in the view
	physical string
	pkg      string
}

// glob returns the files of all parts whose paths match a pattern of
// path.Match, sorted by path; of files at the same path, the first.
func (v *view) glob(pattern string) []match {
	var found []match
	for _, p := range v.parts {
		paths, _ := filepath.Glob(escapeGlob(p.tree) + "/" + pattern)
		for _, physical := range paths {
			found = append(found, match{strings.TrimPrefix(physical, p.tree+"/"), physical, p.manifest.Name})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(found, func(a, b match) bool { return a.name == b.name })
}

// escapeGlob quotes a literal path for use in a pattern.
func escapeGlob(literal string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(literal)
}

// read returns the text of a file, following links.
func (v *view) read(name string) (string, bool) {
	physical, ok := v.resolve(name, 8)
	if !ok {
		return "", false
	}
	text, err := os.ReadFile(physical)
	return string(text), err == nil
}
