package image

import (
	"archive/tar"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/debian"
)

// statusDir is where scanners look for packages that are recorded one by one,
// so that the record of a package is in the layer with its files.
const statusDir = "var/lib/dpkg/status.d"

// packageEntries lists the files of Debian packages at their places below /.
func packageEntries(objects Objects, parts []string, visit func(entry) error) error {
	var all []entry
	for _, p := range parts {
		entries, err := partEntries(objects.Physical(p))
		if err != nil {
			return err
		}
		all = append(all, entries...)
	}
	sortEntries(all)
	for _, e := range dropRepeated(all) {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// dropRepeated keeps the first of entries of one name; of directories, the one
// with unusual owner or mode.
func dropRepeated(sorted []entry) []entry {
	kept := sorted[:0]
	for _, e := range sorted {
		last := len(kept) - 1
		if last < 0 || kept[last].name != e.name {
			kept = append(kept, e)
		} else if e.kind == tar.TypeDir && kept[last].kind == tar.TypeDir && (e.mode != 0o755 || e.uid != 0 || e.gid != 0) {
			kept[last] = e
		}
	}
	return kept
}

// partEntries lists the files of one package with the modes they have in
// Debian, and the package's record.
func partEntries(dir string) ([]entry, error) {
	manifest, err := debian.ReadPart(dir)
	if err != nil {
		return nil, err
	}
	special := map[string]debian.Special{}
	for _, s := range manifest.Special {
		special[s.Path] = s
	}
	var all []entry
	err = treeEntries(filepath.Join(dir, "root"), func(e entry) error {
		all = append(all, asInstalled(e, special))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", manifest.Name, err)
	}
	record := []byte(statusRecord(manifest, installedSize(all)))
	all = append(all, directories(statusDir)...)
	return append(all, entry{name: path.Join(statusDir, manifest.Name), kind: tar.TypeReg, mode: 0o644, size: int64(len(record)), text: record}), nil
}

// asInstalled gives an entry of the store the mode that it has when dpkg
// installs it: the store has taken the right to write.
func asInstalled(e entry, special map[string]debian.Special) entry {
	if s, ok := special[e.name]; ok && e.kind != tar.TypeSymlink {
		e.mode, e.uid, e.gid = int64(s.Mode), s.UID, s.GID
		return e
	}
	switch {
	case e.kind == tar.TypeSymlink:
	case e.kind == tar.TypeDir || e.mode&0o111 != 0:
		e.mode = 0o755
	default:
		e.mode = 0o644
	}
	return e
}

func installedSize(entries []entry) (kib int64) {
	for _, e := range entries {
		kib += (e.size + 1023) / 1024
	}
	return kib
}

// statusRecord is a package's paragraph as dpkg keeps it.
func statusRecord(m *debian.Part, kib int64) string {
	fields := []string{
		"Package: " + m.Name, "Status: install ok installed", fmt.Sprintf("Installed-Size: %d", kib),
		"Maintainer: Debian <debian-devel@lists.debian.org>", "Architecture: " + m.Architecture,
	}
	if m.Source != "" {
		fields = append(fields, "Source: "+m.Source)
	}
	fields = append(fields, "Version: "+m.Version, "Description: "+m.Name)
	return strings.Join(fields, "\n") + "\n"
}

// debianPackages describes the parts of an image.
func debianPackages(objects Objects, parts []string) ([]Package, error) {
	packages := make([]Package, len(parts))
	for i, p := range parts {
		m, err := debian.ReadPart(objects.Physical(p))
		if err != nil {
			return nil, err
		}
		packages[i] = Package{Name: m.Name, Version: m.Version, Architecture: m.Architecture, Source: m.Source, Path: p, Debian: true}
	}
	slices.SortFunc(packages, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return packages, nil
}
