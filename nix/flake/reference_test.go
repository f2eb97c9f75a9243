package flake

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const rev = "0123456789abcdef0123456789abcdef01234567"

func TestParseReference(t *testing.T) {
	tests := map[string]Reference{
		"nixpkgs":                          {"type": "indirect", "id": "nixpkgs"},
		"nixpkgs/nixos-25.05":              {"type": "indirect", "id": "nixpkgs", "ref": "nixos-25.05"},
		"nixpkgs/" + rev:                   {"type": "indirect", "id": "nixpkgs", "rev": rev},
		"flake:nixpkgs/master/" + rev:      {"type": "indirect", "id": "nixpkgs", "ref": "master", "rev": rev},
		".":                                {"type": "path", "path": "/base"},
		"./sub/../x":                       {"type": "path", "path": "/base/x"},
		"/abs?dir=a":                       {"type": "path", "path": "/abs", "dir": "a"},
		"path:./y":                         {"type": "path", "path": "/base/y"},
		"path:/y?narHash=sha256-AA%3D":     {"type": "path", "path": "/y", "narHash": "sha256-AA="},
		"github:NixOS/nixpkgs":             {"type": "github", "owner": "NixOS", "repo": "nixpkgs"},
		"github:NixOS/nixpkgs/a/b":         {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "ref": "a/b"},
		"github:NixOS/nixpkgs/" + rev:      {"type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": rev},
		"gitlab:o/r?host=gitlab.example":   {"type": "gitlab", "owner": "o", "repo": "r", "host": "gitlab.example"},
		"git+file:///x?ref=main":           {"type": "git", "url": "file:///x", "ref": "main"},
		"git+https://h/x?dir=d&token=1":    {"type": "git", "url": "https://h/x?token=1", "dir": "d"},
		"https://h/x.tar.gz":               {"type": "tarball", "url": "https://h/x.tar.gz"},
		"https://h/x":                      {"type": "tarball", "url": "https://h/x"},
		"oci://h:5000/a/b:1.2":             {"type": "oci", "url": "oci://h:5000/a/b:1.2"},
		"tarball+https://h/x":              {"type": "tarball", "url": "https://h/x"},
		"file+https://h/x.tar.gz?narHash=": {"type": "file", "url": "https://h/x.tar.gz", "narHash": ""},
	}
	for text, want := range tests {
		got, err := ParseReference(text, "/base")
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		again, err := ParseReference(got.String(), "/base")
		if err != nil {
			t.Errorf("%s is written as %s, which cannot be read: %v", text, got, err)
			continue
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("%s written as %s reads as (-want +got):\n%s", text, got, diff)
		}
	}
}

func TestParseReferenceErrors(t *testing.T) {
	tests := map[string]string{
		"":                       "is empty",
		"a b":                    "neither a path",
		"github:NixOS":           "github:OWNER/REPO",
		"svn:x":                  "scheme 'svn'",
		"nixpkgs?rev=12":         "40 hexadecimal digits",
		"path:/x?dir=../y":       "leads out",
		"path:/x?colour=red":     "unsupported parameter 'colour'",
		"x#y":                    "unexpected fragment",
		"github:NixOS/nixpkgs/~": "branch or tag",
	}
	for text, want := range tests {
		_, err := ParseReference(text, "/base")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", text, err, want)
		}
	}
	if _, err := ParseReference("./x", ""); err == nil {
		t.Error("a relative path without a base was accepted")
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"nixpkgs", "github:a/b?dir=c", "git+ssh://h/x", "./.", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := ParseReference(s, "/base")
		if err != nil {
			return
		}
		if _, err := ParseReference(ref.String(), "/base"); err != nil {
			t.Errorf("%q is written as %q, which cannot be read: %v", s, ref, err)
		}
	})
}
