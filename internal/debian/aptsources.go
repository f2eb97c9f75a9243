package debian

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// An aptEntry is one enabled binary source of a host's apt configuration.
type aptEntry struct{ uri, suite string }

// hostMirrors finds Debian mirrors in a host's apt configuration: the
// addresses of all enabled entries except those whose last seen Release names
// another origin. Whether an address really serves Debian shows when its
// InRelease is verified.
func hostMirrors(aptDir, listsDir string) mirrors {
	var m mirrors
	if aptDir == "" {
		return m
	}
	for _, e := range aptEntries(aptDir) {
		origin := lastSeenOrigin(listsDir, e)
		if origin != "Debian" && (origin != "" || !strings.Contains(e.uri, "debian")) {
			continue
		}
		base := strings.TrimRight(e.uri, "/")
		if strings.HasSuffix(e.suite, "-security") || strings.HasSuffix(e.suite, "/updates") {
			m.Security = append(m.Security, base)
		} else {
			m.Main = append(m.Main, base)
		}
	}
	return m
}

// aptEntries reads sources.list and sources.list.d in apt's order.
func aptEntries(aptDir string) []aptEntry {
	files := []string{filepath.Join(aptDir, "sources.list")}
	dir := filepath.Join(aptDir, "sources.list.d")
	if list, err := os.ReadDir(dir); err == nil {
		for _, f := range list {
			files = append(files, filepath.Join(dir, f.Name()))
		}
	}
	var entries []aptEntry
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		switch filepath.Ext(file) {
		case ".list":
			entries = append(entries, oneLineEntries(string(text))...)
		case ".sources":
			entries = append(entries, deb822Entries(text)...)
		}
	}
	return expandMirrorLists(entries)
}

// oneLineEntries reads `deb [option=value ...] uri suite component ...`.
func oneLineEntries(text string) []aptEntry {
	var entries []aptEntry
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		kind, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if kind != "deb" {
			continue
		}
		rest = strings.TrimSpace(rest)
		if strings.HasPrefix(rest, "[") {
			_, rest, _ = strings.Cut(rest, "]")
		}
		if words := strings.Fields(rest); len(words) >= 2 {
			entries = append(entries, aptEntry{words[0], words[1]})
		}
	}
	return entries
}

func deb822Entries(text []byte) []aptEntry {
	stanzas, err := readStanzas(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	var entries []aptEntry
	for _, s := range stanzas {
		if strings.EqualFold(s["Enabled"], "no") || !slices.Contains(strings.Fields(s["Types"]), "deb") {
			continue
		}
		for _, uri := range strings.Fields(s["URIs"]) {
			for _, suite := range strings.Fields(s["Suites"]) {
				entries = append(entries, aptEntry{uri, suite})
			}
		}
	}
	return entries
}

// expandMirrorLists replaces mirror+file: addresses (cloud images have them)
// by the lines of the file they name, and drops what is not fetched by http.
func expandMirrorLists(entries []aptEntry) []aptEntry {
	var result []aptEntry
	for _, e := range entries {
		if path, ok := strings.CutPrefix(e.uri, "mirror+file:"); ok {
			text, _ := os.ReadFile("/" + strings.TrimLeft(path, "/"))
			for line := range strings.Lines(string(text)) {
				if words := strings.Fields(line); len(words) > 0 && isWebAddress(words[0]) {
					result = append(result, aptEntry{words[0], e.suite})
				}
			}
		} else if isWebAddress(e.uri) {
			result = append(result, e)
		}
	}
	return result
}

func isWebAddress(uri string) bool {
	return strings.HasPrefix(uri, "http://") || strings.HasPrefix(uri, "https://")
}

// lastSeenOrigin reads the Origin field of the Release that apt downloaded
// last for an entry, empty when there is none.
func lastSeenOrigin(listsDir string, e aptEntry) string {
	_, place, _ := strings.Cut(strings.TrimRight(e.uri, "/"), "://")
	name := strings.ReplaceAll(strings.ReplaceAll(place, "_", "%5f"), "/", "_") + "_dists_" + strings.ReplaceAll(e.suite, "/", "_")
	for _, kind := range []string{"_InRelease", "_Release"} {
		text, err := os.ReadFile(filepath.Join(listsDir, name+kind))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if origin, ok := strings.CutPrefix(line, "Origin:"); ok {
				return strings.TrimSpace(origin)
			}
		}
	}
	return ""
}
