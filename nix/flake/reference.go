package flake

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Reference says where a flake comes from, in the form of the attributes that
// Nix gives it: "type" and, depending on it, "id", "owner", "repo", "url",
// "path", "ref", "rev", "dir", "narHash", "host".
type Reference map[string]string

// The types of reference.
const (
	TypeIndirect  = "indirect"
	TypePath      = "path"
	TypeGit       = "git"
	TypeGitHub    = "github"
	TypeGitLab    = "gitlab"
	TypeSourceHut = "sourcehut"
	TypeTarball   = "tarball"
	TypeFile      = "file"
	TypeMercurial = "hg"
	// TypeOCI is a container image of a registry; only inputs can be one.
	TypeOCI = "oci"
)

var (
	idPattern  = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]*$`)
	revPattern = regexp.MustCompile(`^[0-9a-fA-F]{40}$`)
	refPattern = regexp.MustCompile(`^[a-zA-Z0-9@][a-zA-Z0-9_.\/@+-]*$`)
)

// Type returns the type of the reference.
func (r Reference) Type() string { return r["type"] }

// Dir returns the folder of the source tree that holds flake.nix; "" is its
// top.
func (r Reference) Dir() string { return r["dir"] }

// ParseReference reads the URL-like syntax of a reference. Relative paths are
// taken below base, and stay relative if base is "."; an empty base makes them
// errors. A
// fragment must have been split off before, see [SplitFragment].
func ParseReference(text, base string) (Reference, error) {
	if text == "" {
		return nil, fmt.Errorf("a flake reference is empty; write a path such as './.' or a name such as 'nixpkgs'")
	}
	if strings.Contains(text, "#") {
		return nil, fmt.Errorf("unexpected fragment '%s' in flake reference '%s'", text[strings.Index(text, "#")+1:], text)
	}
	body, query, err := splitQuery(text)
	if err != nil {
		return nil, err
	}
	ref, err := parseBody(text, body, base)
	if err != nil {
		return nil, err
	}
	return ref.withQuery(text, query)
}

// ParseSource reads a reference to a source tree that need not be a flake: a
// plain URL is an archive only if it ends like one.
func ParseSource(text, base string) (Reference, error) {
	ref, err := ParseReference(text, base)
	if err != nil || ref.Type() != TypeTarball || strings.HasPrefix(text, "tarball+") {
		return ref, err
	}
	if body, _, _ := strings.Cut(ref["url"], "?"); !isArchive(body) {
		ref["type"] = TypeFile
	}
	return ref, nil
}

func splitQuery(text string) (string, url.Values, error) {
	body, raw, ok := strings.Cut(text, "?")
	if !ok {
		return body, nil, nil
	}
	query, err := url.ParseQuery(raw)
	if err != nil {
		return "", nil, fmt.Errorf("the part after '?' of flake reference '%s' cannot be read: %w", text, err)
	}
	return body, query, nil
}

func parseBody(text, body, base string) (Reference, error) {
	scheme, rest, hasScheme := strings.Cut(body, ":")
	switch {
	case !hasScheme && looksLikePath(body):
		return pathReference(text, body, base)
	case !hasScheme:
		return indirectReference(text, body)
	}
	switch scheme {
	case "flake":
		return indirectReference(text, rest)
	case "path":
		return pathReference(text, strings.TrimPrefix(rest, "//"), base)
	case TypeGitHub, TypeGitLab, TypeSourceHut:
		return forgeReference(text, scheme, rest)
	}
	transport, inner, hasTransport := strings.Cut(scheme, "+")
	switch {
	case hasTransport && (transport == TypeGit || transport == TypeMercurial || transport == TypeTarball || transport == TypeFile):
		return Reference{"type": transport, "url": inner + ":" + rest}, nil
	case scheme == "http" || scheme == "https" || scheme == "file":
		return Reference{"type": TypeTarball, "url": body}, nil
	case scheme == TypeOCI && strings.HasPrefix(rest, "//") && len(rest) > 2:
		return Reference{"type": TypeOCI, "url": body}, nil
	case scheme == "git":
		return Reference{"type": TypeGit, "url": body}, nil
	}
	return nil, fmt.Errorf("'%s' is not a flake reference berth knows: the scheme '%s' is none of path, git+..., github, gitlab, sourcehut, tarball+..., file+..., http, https, flake", text, scheme)
}

// looksLikePath tells ./x, ../x, /x and . from names of the registry.
func looksLikePath(body string) bool {
	return strings.HasPrefix(body, ".") || strings.HasPrefix(body, "/") || strings.HasPrefix(body, "~")
}

func pathReference(text, p, base string) (Reference, error) {
	if strings.HasPrefix(p, "/") {
		return Reference{"type": TypePath, "path": path.Clean(p)}, nil
	}
	switch base {
	case "":
		return nil, fmt.Errorf("flake reference '%s' is a relative path, which has no meaning here; write an absolute one", text)
	case ".":
		return Reference{"type": TypePath, "path": p}, nil
	}
	return Reference{"type": TypePath, "path": path.Join(base, p)}, nil
}

// indirectReference reads ID, ID/REF, ID/REV and ID/REF/REV.
func indirectReference(text, body string) (Reference, error) {
	id, rest, _ := strings.Cut(body, "/")
	if !idPattern.MatchString(id) {
		return nil, fmt.Errorf("'%s' is not a flake reference: '%s' is neither a path (write './%s') nor a name of the registry", text, id, body)
	}
	ref := Reference{"type": TypeIndirect, "id": id}
	return ref.withRefOrRev(text, rest)
}

// forgeReference reads OWNER/REPO, OWNER/REPO/REF and OWNER/REPO/REV.
func forgeReference(text, forge, rest string) (Reference, error) {
	parts := strings.SplitN(rest, "/", 3)
	for i := range parts {
		unescaped, err := url.PathUnescape(parts[i])
		if err != nil {
			return nil, fmt.Errorf("flake reference '%s' cannot be read: %w", text, err)
		}
		parts[i] = unescaped
	}
	if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
		return nil, fmt.Errorf("flake reference '%s' must have the form %s:OWNER/REPO or %s:OWNER/REPO/REF", text, forge, forge)
	}
	ref := Reference{"type": forge, "owner": parts[0], "repo": parts[1]}
	if len(parts) == 2 {
		return ref, nil
	}
	if revPattern.MatchString(parts[2]) {
		ref["rev"] = parts[2]
		return ref, nil
	}
	return ref.withRef(text, parts[2])
}

func (r Reference) withRefOrRev(text, rest string) (Reference, error) {
	if rest == "" {
		return r, nil
	}
	name, rev, hasRev := strings.Cut(rest, "/")
	switch {
	case hasRev && revPattern.MatchString(rev):
		r["rev"] = rev
		return r.withRef(text, name)
	case revPattern.MatchString(rest):
		r["rev"] = rest
		return r, nil
	}
	return r.withRef(text, rest)
}

func (r Reference) withRef(text, name string) (Reference, error) {
	if !refPattern.MatchString(name) {
		return nil, fmt.Errorf("'%s' in flake reference '%s' is not the name of a branch or tag", name, text)
	}
	r["ref"] = name
	return r, nil
}

// isArchive decides by the ending of its path what a plain URL is.
func isArchive(address string) bool {
	for _, ending := range []string{".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"} {
		if strings.HasSuffix(address, ending) {
			return true
		}
	}
	return false
}

// parameters lists the parameters after '?' that belong to the reference; all
// others belong to the URL that it holds.
var parameters = []string{"dir", "ref", "rev", "narHash", "host", "lastModified", "revCount", "submodules", "shallow", "allRefs", "name", "unpack"}

func (r Reference) withQuery(text string, query url.Values) (Reference, error) {
	var own url.Values
	for _, key := range slices.Sorted(maps.Keys(query)) {
		switch {
		case r.isForge() && (key == "lastModified" || key == "revCount"): // says nothing about what is fetched
		case slices.Contains(parameters, key):
			r[key] = query.Get(key)
		case r["url"] != "":
			if own == nil {
				own = url.Values{}
			}
			own[key] = query[key]
		default:
			return nil, fmt.Errorf("flake reference '%s' has the unsupported parameter '%s'", text, key)
		}
	}
	if own != nil {
		r["url"] += "?" + own.Encode()
	}
	if rev, ok := r["rev"]; ok && !revPattern.MatchString(rev) {
		return nil, fmt.Errorf("'%s' in flake reference '%s' is not a commit hash: 40 hexadecimal digits were expected", rev, text)
	}
	if dir := r["dir"]; strings.HasPrefix(path.Clean(dir), "..") || strings.HasPrefix(dir, "/") {
		return nil, fmt.Errorf("the parameter dir=%s of flake reference '%s' leads out of its source tree", dir, text)
	}
	return r, nil
}

// isForge reports whether the reference names a repository of a forge.
func (r Reference) isForge() bool {
	return r.Type() == TypeGitHub || r.Type() == TypeGitLab || r.Type() == TypeSourceHut
}

// shown lists the attributes that the query of a reference shows, by type;
// a path shows all.
var shown = map[string][]string{
	TypeIndirect:  {"dir"},
	TypeGitHub:    {"dir", "host", "narHash"},
	TypeGitLab:    {"dir", "host", "narHash"},
	TypeSourceHut: {"dir", "host", "narHash"},
	TypeGit:       {"allRefs", "dir", "exportIgnore", "lfs", "ref", "rev", "shallow", "submodules", "verifyCommit"},
	TypeMercurial: {"dir", "ref", "rev"},
	TypeTarball:   {"dir", "narHash"},
	TypeFile:      {"dir", "narHash"},
}

// String writes the reference in URL-like syntax. What is only known about the
// tree, and not needed to find it, is left out.
func (r Reference) String() string {
	var b strings.Builder
	switch r.Type() {
	case TypeIndirect:
		b.WriteString("flake:" + r["id"])
		writeTail(&b, r["ref"], r["rev"])
	case TypeGitHub, TypeGitLab, TypeSourceHut:
		b.WriteString(r.Type() + ":" + escapeSlashes(r["owner"]) + "/" + escapeSlashes(r["repo"]))
		writeTail(&b, r["ref"], r["rev"])
	case TypePath:
		b.WriteString("path:" + r["path"])
	default:
		b.WriteString(r.urlWithTransport())
	}
	body, query := cutQuery(b.String())
	for key := range r {
		if r.shows(key) {
			query[key] = []string{r[key]}
		}
	}
	separator := "?"
	for _, key := range slices.Sorted(maps.Keys(query)) {
		for _, value := range query[key] {
			body += separator + key + "=" + escapeQuery(value)
			separator = "&"
		}
	}
	return body
}

// cutQuery splits a URL into what comes before its query and the query; one
// that cannot be read stays where it is.
func cutQuery(address string) (string, url.Values) {
	body, raw, _ := strings.Cut(address, "?")
	query, err := url.ParseQuery(raw)
	if err != nil {
		return address, url.Values{}
	}
	return body, query
}

func (r Reference) shows(key string) bool {
	switch {
	case r.Type() == TypePath:
		return key != "type" && key != "path"
	case kinds[key] == truth && r[key] != "1":
		return false
	}
	return slices.Contains(shown[r.Type()], key)
}

// escapeSlashes writes a name that is one component of a reference.
func escapeSlashes(name string) string { return strings.ReplaceAll(name, "/", "%2F") }

// escapeQuery writes a value of a query; slashes and colons stay readable.
func escapeQuery(value string) string {
	return strings.NewReplacer("%2F", "/", "%3A", ":", "%40", "@", "%3F", "?", "+", "%20").Replace(url.QueryEscape(value))
}

func writeTail(b *strings.Builder, ref, rev string) {
	if ref != "" {
		b.WriteString("/" + escapeSlashes(ref))
	}
	if rev != "" {
		b.WriteString("/" + rev)
	}
}

// urlWithTransport writes the type in front of the URL where the URL alone
// would be read back as another type.
func (r Reference) urlWithTransport() string {
	scheme, rest, _ := strings.Cut(r["url"], ":")
	switch {
	case r.Type() == TypeGit && scheme == "git", r.Type() == TypeOCI:
		return r["url"]
	case r.Type() == TypeTarball || r.Type() == TypeFile:
		if body, _, _ := strings.Cut(rest, "?"); scheme != "" && (r.Type() == TypeTarball || !isArchive(body)) {
			return r["url"]
		}
	}
	return r.Type() + "+" + r["url"]
}

// SplitFragment separates FLAKE#ATTR into its two parts, the second one
// percent-decoded.
func SplitFragment(text string) (flake, fragment string, err error) {
	flake, fragment, _ = strings.Cut(text, "#")
	fragment, err = url.PathUnescape(fragment)
	if err != nil {
		return "", "", fmt.Errorf("the part after '#' of '%s' cannot be read: %w", text, err)
	}
	return flake, fragment, nil
}
