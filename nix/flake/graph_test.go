package flake

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeFlakes is a Source and a Declaration over flakes held in memory, by the
// id of their reference.
type fakeFlakes map[string]map[string]*Input

func (f fakeFlakes) Tree(_ context.Context, ref Reference, _ Registries) (*Tree, error) {
	if _, ok := f[ref["id"]]; !ok {
		return nil, fmt.Errorf("no flake '%s'", ref["id"])
	}
	return &Tree{Path: "/nix/store/" + ref["id"], Locked: ref}, nil
}

func (f fakeFlakes) Embedded(Reference) bool { return false }

func (f fakeFlakes) Lock(context.Context, string) (*LockNode, error) { return ParseLock(nil) }

func (f fakeFlakes) Inputs(_ context.Context, file string) (map[string]*Input, error) {
	return f[path.Base(path.Dir(file))], nil
}

func indirect(id string) Reference { return Reference{"type": TypeIndirect, "id": id} }

// shape writes a graph as nested text: name=tree(inputs).
func shape(n *Node) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(n.Inputs)) {
		parts = append(parts, name+"="+shape(n.Inputs[name]))
	}
	file, err := n.Declared()
	if err != nil {
		return err.Error()
	}
	s := path.Base(path.Dir(file))
	if len(parts) > 0 {
		s += "(" + strings.Join(parts, " ") + ")"
	}
	return s
}

func TestResolve(t *testing.T) {
	leaf := map[string]*Input{}
	tests := map[string]struct {
		flakes    fakeFlakes
		overrides map[string]Reference
		want      string
		warnings  []string
		err       string
	}{
		"by name": {
			flakes: fakeFlakes{"top": {"a": {}}, "a": leaf},
			want:   "top(a=a)",
		},
		"follows a sibling": {
			flakes: fakeFlakes{
				"top": {"n": {}, "u": {Inputs: map[string]*Input{"n": {Follows: []string{"n"}}}}},
				"u":   {"n": {Ref: indirect("other")}}, "n": leaf, "other": leaf,
			},
			want: "top(n=n u=u(n=n))",
		},
		"follows into a sibling": {
			flakes: fakeFlakes{
				"top": {"n": {Follows: []string{"u", "n"}}, "u": {}},
				"u":   {"n": {Ref: indirect("other")}}, "other": leaf,
			},
			want: "top(n=other u=u(n=other))",
		},
		"an inner follows is relative to its flake": {
			flakes: fakeFlakes{
				"top": {"u": {}, "n": {}},
				"u":   {"n": {Ref: indirect("other")}, "v": {Inputs: map[string]*Input{"n": {Follows: []string{"n"}}}}},
				"v":   {"n": {}}, "n": leaf, "other": leaf,
			},
			want: "top(n=n u=u(n=other v=v(n=other)))",
		},
		"the outermost override wins": {
			flakes: fakeFlakes{
				"top": {"u": {Inputs: map[string]*Input{"v": {Inputs: map[string]*Input{"n": {Ref: indirect("a")}}}}}},
				"u":   {"v": {Inputs: map[string]*Input{"n": {Ref: indirect("b")}}}},
				"v":   {"n": {}}, "a": leaf, "b": leaf,
			},
			want: "top(u=u(v=v(n=a)))",
		},
		"the command line beats all": {
			flakes:    fakeFlakes{"top": {"n": {Ref: indirect("a")}}, "a": leaf, "b": leaf},
			overrides: map[string]Reference{"n": indirect("b"), "x/y": indirect("b")},
			want:      "top(n=b)",
			warnings:  []string{"no flake has the input 'x/y', so overriding it changes nothing"},
		},
		"a folder of the same tree": {
			flakes: fakeFlakes{"top": {"a": {Ref: Reference{"type": TypePath, "path": "sub"}}}, "sub": leaf},
			want:   "top(a=sub)",
		},
		"a folder beside a tree that is not on disk": {
			flakes: fakeFlakes{"top": {"a": {Ref: Reference{"type": TypePath, "path": "../sub"}}}},
			err:    "leads out of the source tree",
		},
		"follows nothing": {
			flakes: fakeFlakes{"top": {"n": {Follows: []string{"gone"}}}},
			err:    "input 'n' follows a non-existent input 'gone'",
		},
		"follows itself": {
			flakes: fakeFlakes{"top": {"a": {Follows: []string{"b"}}, "b": {Follows: []string{"a"}}}},
			err:    "follow cycle detected: [b -> a -> b]",
		},
		"takes in itself": {
			flakes: fakeFlakes{"top": {"a": {}}, "a": {"top": {}}},
			err:    "found circular import of flake 'flake:a'",
		},
		"missing": {
			flakes: fakeFlakes{"top": {"a": {}}},
			err:    "input 'a': no flake 'a'",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := &Locker{Source: tt.flakes, Declaration: tt.flakes, Overrides: tt.overrides}
			g, err := r.Lock(context.Background(), indirect("top"))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := shape(g.Root); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if diff := cmp.Diff(tt.warnings, g.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}
