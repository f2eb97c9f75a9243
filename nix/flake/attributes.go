package flake

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
)

// kind is how an attribute of a reference is written where types exist: in
// lock files and as a value of the language.
type kind uint8

const (
	textual kind = iota
	number
	truth
)

// kinds lists the attributes that are not text.
var kinds = map[string]kind{
	"lastModified": number, "revCount": number,
	"submodules": truth, "shallow": truth, "allRefs": truth, "lfs": truth,
	"exportIgnore": truth, "verifyCommit": truth,
}

// Attributes returns the reference with typed values: string, int64 or bool.
func (r Reference) Attributes() (map[string]any, error) {
	typed := map[string]any{}
	for name, value := range r {
		switch kinds[name] {
		case number:
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("'%s' of flake reference '%s' is not a number", name, r)
			}
			typed[name] = n
		case truth:
			typed[name] = value == "1"
		default:
			typed[name] = value
		}
	}
	return typed, nil
}

// FromAttributes makes a reference of typed values.
func FromAttributes(typed map[string]any) (Reference, error) {
	r := Reference{}
	for name, value := range typed {
		switch value := value.(type) {
		case string:
			r[name] = value
		case int64:
			r[name] = strconv.FormatInt(value, 10)
		case json.Number:
			r[name] = value.String()
		case bool:
			r[name] = map[bool]string{true: "1", false: "0"}[value]
		default:
			return nil, fmt.Errorf("a flake reference consists of strings, numbers and Booleans; '%s' is a %T", name, value)
		}
	}
	if r.Type() == "" {
		return nil, fmt.Errorf("a flake reference has no 'type'")
	}
	return r, nil
}

// IsRelative reports whether the reference is a path inside the source tree of
// the flake that names it.
func (r Reference) IsRelative() bool {
	return r.Type() == TypePath && !strings.HasPrefix(r["path"], "/")
}

// IsLocked reports whether the reference always stands for the same tree.
func (r Reference) IsLocked() bool {
	switch r.Type() {
	case TypeGit, TypeMercurial:
		return r["rev"] != ""
	case TypeGitHub, TypeGitLab, TypeSourceHut:
		return r["rev"] != ""
	case TypePath, TypeTarball, TypeFile:
		return r["narHash"] != ""
	}
	return false
}

// With returns a copy with one attribute changed; an empty value removes it.
func (r Reference) With(name, value string) Reference {
	changed := maps.Clone(r)
	if value == "" {
		delete(changed, name)
	} else {
		changed[name] = value
	}
	return changed
}

// Without returns a copy that lacks some attributes.
func (r Reference) Without(names ...string) Reference {
	changed := maps.Clone(r)
	for _, name := range names {
		delete(changed, name)
	}
	return changed
}

// Equal reports whether two references say the same.
func (r Reference) Equal(other Reference) bool { return maps.Equal(r, other) }
