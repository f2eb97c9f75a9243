package fetch

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"berth.dev/nix/flake"
)

// attributes lists what each type of reference may say.
var attributes = map[string][]string{
	flake.TypePath:      {"path", "rev", "revCount", "lastModified", "narHash"},
	flake.TypeGit:       {"url", "ref", "rev", "shallow", "submodules", "lfs", "exportIgnore", "lastModified", "revCount", "narHash", "allRefs", "name", "dirtyRev", "dirtyShortRev"},
	flake.TypeGitHub:    {"owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"},
	flake.TypeGitLab:    {"owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"},
	flake.TypeSourceHut: {"owner", "repo", "ref", "rev", "narHash", "lastModified", "host", "treeHash"},
	flake.TypeTarball:   {"url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"},
	flake.TypeFile:      {"url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"},
	flake.TypeMercurial: {"url", "ref", "rev", "revCount", "narHash", "name", "lastModified"},
	flake.TypeIndirect:  {"id", "ref", "rev", "narHash"},
}

// needed lists what each type of reference must say.
var needed = map[string][]string{
	flake.TypePath: {"path"}, flake.TypeGit: {"url"}, flake.TypeTarball: {"url"}, flake.TypeFile: {"url"},
	flake.TypeGitHub: {"owner", "repo"}, flake.TypeGitLab: {"owner", "repo"}, flake.TypeSourceHut: {"owner", "repo"},
	flake.TypeMercurial: {"url"}, flake.TypeIndirect: {"id"},
}

var (
	revisionPattern = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	// refPattern leaves out what Git or a URL would read as something else.
	refPattern  = regexp.MustCompile(`^[a-zA-Z0-9@_][a-zA-Z0-9_./@+%#=-]*$`)
	namePattern = regexp.MustCompile(`^[a-zA-Z0-9._~%/+-]+$`)
	hostPattern = regexp.MustCompile(`^[a-zA-Z0-9.:-]+$`)
)

// check refuses references that are incomplete, or whose parts could be taken
// for options or other parts of a URL.
func check(ref flake.Reference) error {
	allowed, ok := attributes[ref.Type()]
	if !ok {
		return fmt.Errorf("input '%v' is unsupported: there is no type '%s'", ref, ref.Type())
	}
	for name := range ref {
		if name != "type" && name != "dir" && !slices.Contains(allowed, name) {
			return fmt.Errorf("input attribute '%s' not supported by scheme '%s'", name, ref.Type())
		}
	}
	for _, name := range needed[ref.Type()] {
		if ref[name] == "" {
			return fmt.Errorf("a reference of type '%s' needs the attribute '%s'", ref.Type(), name)
		}
	}
	if rev, ok := ref["rev"]; ok && !revisionPattern.MatchString(rev) {
		return fmt.Errorf("'%s' is not a commit hash: 40 hexadecimal digits were expected", rev)
	}
	for name, pattern := range map[string]*regexp.Regexp{"ref": refPattern, "owner": namePattern, "repo": namePattern, "host": hostPattern} {
		if value, ok := ref[name]; ok && (!pattern.MatchString(value) || strings.Contains(value, "..")) {
			return fmt.Errorf("invalid '%s' in input '%s': '%s'", name, ref, value)
		}
	}
	return nil
}

// address reads the URL of a reference.
func address(ref flake.Reference) (*url.URL, error) {
	u, err := url.Parse(ref["url"])
	if err != nil {
		return nil, fmt.Errorf("the URL of '%s' cannot be read: %w", ref, err)
	}
	return u, nil
}
