package flake

import (
	"strings"
	"testing"
)

const exampleLock = `{
  "nodes": {
    "a": {
      "flake": false,
      "locked": {
        "lastModified": 1700000000,
        "narHash": "sha256-<&>",
        "rev": "0123456789abcdef0123456789abcdef01234567",
        "submodules": true,
        "type": "git",
        "url": "file:///a?x=<&>"
      },
      "original": {
        "type": "git",
        "url": "file:///a"
      }
    },
    "a_2": {
      "inputs": {
        "a": [
          "a"
        ],
        "root": []
      },
      "locked": {
        "path": "./x",
        "type": "path"
      },
      "original": {
        "path": "./x",
        "type": "path"
      },
      "parent": []
    },
    "b": {
      "inputs": {
        "a": "a_2"
      },
      "locked": {
        "id": "x",
        "type": "indirect"
      },
      "original": {
        "id": "x",
        "type": "indirect"
      }
    },
    "root": {
      "inputs": {
        "a": "a",
        "b": "b"
      }
    }
  },
  "root": "root",
  "version": 7
}
`

func TestLockRoundTrip(t *testing.T) {
	lock, err := ParseLock([]byte(exampleLock))
	if err != nil {
		t.Fatal(err)
	}
	text, err := lock.Text()
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != exampleLock {
		t.Errorf("got %s", text)
	}
	if ref, ok := lock.Unlocked(); !ok || ref["id"] != "x" {
		t.Errorf("unlocked: %v %v", ref, ok)
	}
}

func TestParseLockErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                        "is damaged",
		`{"version":4}`:            "unsupported version 4",
		`{"version":8}`:            "unsupported version 8",
		`{"version":7,"root":"x"}`: "no node 'x'",
		`{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":"b"}}}}`:                                                 "no node 'b'",
		`{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":3}}}}`:                                                   "neither a name",
		`{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":[1]}}}}`:                                                 "input path",
		`{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":"b"}},"b":{"locked":{"type":"x"}}}}`:                     "no 'type'",
		`{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":"b"}},"b":{"original":{"type":"x"},"locked":{"a":[]}}}}`: "consists of strings",
	} {
		if _, err := ParseLock([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestDiff(t *testing.T) {
	lock, err := ParseLock([]byte(exampleLock))
	if err != nil {
		t.Fatal(err)
	}
	empty, err := ParseLock(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "• Removed input 'a'\n• Removed input 'b'\n• Removed input 'b/a'\n• Removed input 'b/a/a'\n• Removed input 'b/a/root'"
	if got := Diff(lock, empty); got != want {
		t.Errorf("got %s", got)
	}
	if got := Diff(empty, lock); !strings.Contains(got, "• Added input 'b/a/a':\n    follows 'a'\n") || !strings.Contains(got, "(2023-11-14)") {
		t.Errorf("got %s", got)
	}
	if got := Diff(lock, lock); got != "" {
		t.Errorf("got %s", got)
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add([]byte(exampleLock))
	f.Fuzz(func(t *testing.T, text []byte) {
		lock, err := ParseLock(text)
		if err != nil {
			return
		}
		written, err := lock.Text()
		if err != nil {
			return // a number that is none
		}
		if _, err := ParseLock(written); err != nil {
			t.Errorf("what was written cannot be read: %v\n%s", err, written)
		}
	})
}

func TestRegistry(t *testing.T) {
	registry, err := ParseRegistry([]byte(`{"version":2,"flakes":[
		{"from":{"type":"indirect","id":"a"},"to":{"type":"github","owner":"o","repo":"r","ref":"main"}},
		{"from":{"type":"indirect","id":"b"},"to":{"type":"indirect","id":"a"}},
		{"from":{"type":"indirect","id":"x"},"to":{"type":"path","path":"/x"},"exact":true},
		{"from":{"type":"indirect","id":"c"},"to":{"type":"indirect","id":"d"}},
		{"from":{"type":"indirect","id":"d"},"to":{"type":"indirect","id":"c"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"a": "github:o/r/main", "a/dev": "github:o/r/dev", "b/dev": "github:o/r/dev", "a?dir=s": "github:o/r/main?dir=s",
		"x": "path:/x", "x/dev": "flake:x/dev", "unknown": "flake:unknown", "c": "form a circle",
	} {
		ref, err := ParseReference(text, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := Look(ref, registry)
		if s := got.String(); err == nil && s != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %s, %v, want %s", text, s, err, want)
		}
	}
	for _, text := range []string{"{", `{"version":1}`, `{"version":2,"flakes":[{"from":{},"to":{}}]}`} {
		if _, err := ParseRegistry([]byte(text)); err == nil {
			t.Errorf("%s was accepted", text)
		}
	}
}
