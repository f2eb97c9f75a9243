package flake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// LockName is the name of the file beside flake.nix that pins its inputs.
const LockName = "flake.lock"

// lockVersions are the versions of the format that can be read; the highest
// one is written.
const oldestLockVersion, lockVersion = 5, 7

// LockNode is one entry of a lock file. The root has inputs only.
type LockNode struct {
	Original, Locked Reference
	NoFlake          bool
	// Parent is the input path of the flake that a relative path starts from;
	// nil if the reference is not relative.
	Parent []string
	Inputs map[string]LockEdge
}

// LockEdge is an input of an entry: another entry, or the path of an input
// that takes its place, from the root on.
type LockEdge struct {
	Node    *LockNode
	Follows []string
}

// lockFile is the JSON form of a lock file.
type lockFile struct {
	Nodes   map[string]*lockEntry `json:"nodes"`
	Root    string                `json:"root"`
	Version int                   `json:"version"`
}

// lockEntry has its fields in the order of their names, as all objects of a
// lock file have.
type lockEntry struct {
	Flake    *bool           `json:"flake,omitempty"`
	Inputs   map[string]any  `json:"inputs,omitempty"`
	Locked   map[string]any  `json:"locked,omitempty"`
	Original map[string]any  `json:"original,omitempty"`
	Parent   *[]string       `json:"parent,omitempty"`
	Info     json.RawMessage `json:"info,omitempty"`
}

// ParseLock reads a lock file. An empty text is an empty lock.
func ParseLock(text []byte) (*LockNode, error) {
	if len(text) == 0 {
		return &LockNode{Inputs: map[string]LockEdge{}}, nil
	}
	var file lockFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("the lock file is damaged: %w; restore it, or delete it to lock anew", err)
	}
	if file.Version < oldestLockVersion || file.Version > lockVersion {
		return nil, fmt.Errorf("the lock file has unsupported version %d", file.Version)
	}
	r := &lockReader{file: file, done: map[string]*LockNode{}}
	return r.node(file.Root)
}

type lockReader struct {
	file lockFile
	done map[string]*LockNode
}

func (r *lockReader) node(key string) (*LockNode, error) {
	if node, ok := r.done[key]; ok {
		return node, nil
	}
	entry, ok := r.file.Nodes[key]
	if !ok || entry == nil {
		return nil, fmt.Errorf("the lock file has no node '%s'", key)
	}
	node := &LockNode{NoFlake: entry.Flake != nil && !*entry.Flake, Inputs: map[string]LockEdge{}}
	r.done[key] = node
	if key != r.file.Root {
		if err := node.references(entry); err != nil {
			return nil, fmt.Errorf("the lock file's node '%s': %w", key, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(entry.Inputs)) {
		edge, err := r.edge(entry.Inputs[name])
		if err != nil {
			return nil, err
		}
		node.Inputs[name] = edge
	}
	return node, nil
}

func (n *LockNode) references(entry *lockEntry) (err error) {
	if n.Original, err = FromAttributes(entry.Original); err != nil {
		return err
	}
	if n.Locked, err = FromAttributes(entry.Locked); err != nil {
		return err
	}
	if entry.Parent != nil {
		n.Parent = append([]string{}, *entry.Parent...)
	}
	return nil
}

func (r *lockReader) edge(value any) (LockEdge, error) {
	switch value := value.(type) {
	case string:
		node, err := r.node(value)
		return LockEdge{Node: node}, err
	case []any:
		follows := []string{}
		for _, name := range value {
			name, ok := name.(string)
			if !ok {
				return LockEdge{}, fmt.Errorf("the lock file has an input path with a %T in it", name)
			}
			follows = append(follows, name)
		}
		return LockEdge{Follows: follows}, nil
	}
	return LockEdge{}, fmt.Errorf("the lock file has an input that is neither a name nor a list of names")
}

// Text writes the lock file of a root, byte for byte as Nix does.
func (n *LockNode) Text() ([]byte, error) {
	w := &lockWriter{nodes: map[string]*lockEntry{}, keys: map[*LockNode]string{}}
	root, err := w.add("root", n)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(lockFile{Nodes: w.nodes, Root: root, Version: lockVersion})
	return out.Bytes(), err
}

type lockWriter struct {
	nodes map[string]*lockEntry
	keys  map[*LockNode]string
}

// add writes a node and everything below it; two nodes of one name are told
// apart by a number.
func (w *lockWriter) add(name string, n *LockNode) (string, error) {
	if key, ok := w.keys[n]; ok {
		return key, nil
	}
	key := name
	for i := 2; w.nodes[key] != nil; i++ {
		key = name + "_" + strconv.Itoa(i)
	}
	entry := &lockEntry{}
	w.nodes[key], w.keys[n] = entry, key
	for _, input := range slices.Sorted(maps.Keys(n.Inputs)) {
		edge := n.Inputs[input]
		if entry.Inputs == nil {
			entry.Inputs = map[string]any{}
		}
		if edge.Node == nil {
			entry.Inputs[input] = edge.Follows
			continue
		}
		child, err := w.add(input, edge.Node)
		if err != nil {
			return "", err
		}
		entry.Inputs[input] = child
	}
	return key, n.describe(entry)
}

func (n *LockNode) describe(entry *lockEntry) (err error) {
	if n.Locked == nil {
		return nil
	}
	if n.NoFlake {
		entry.Flake = new(bool)
	}
	if n.Parent != nil {
		entry.Parent = &n.Parent
	}
	if entry.Original, err = n.Original.Attributes(); err != nil {
		return err
	}
	entry.Locked, err = n.Locked.Attributes()
	return err
}

// flatten lists every input of a lock by its path.
func (n *LockNode) flatten() map[string]LockEdge {
	all := map[string]LockEdge{}
	seen := map[*LockNode]bool{}
	var visit func(prefix string, n *LockNode)
	visit = func(prefix string, n *LockNode) {
		if seen[n] {
			return
		}
		seen[n] = true
		for name, edge := range n.Inputs {
			at := join(prefix, name)
			all[at] = edge
			if edge.Node != nil {
				visit(at, edge.Node)
			}
		}
	}
	visit("", n)
	return all
}

// String describes an edge for people.
func (e LockEdge) String() string {
	if e.Node == nil {
		return "follows '" + strings.Join(e.Follows, "/") + "'"
	}
	s := "'" + e.Node.Locked.String() + "'"
	if seconds, err := strconv.ParseInt(e.Node.Locked["lastModified"], 10, 64); err == nil {
		s += time.Unix(seconds, 0).UTC().Format(" (2006-01-02)")
	}
	return s
}

// Diff says in lines for people what changed between two locks.
func Diff(old, new *LockNode) string {
	before, after := old.flatten(), new.flatten()
	names := map[string]bool{}
	for at := range before {
		names[at] = true
	}
	for at := range after {
		names[at] = true
	}
	var b strings.Builder
	for _, at := range sortedPaths(names) {
		was, had := before[at]
		is, has := after[at]
		switch {
		case !had:
			fmt.Fprintf(&b, "• Added input '%s':\n    %s\n", at, is)
		case !has:
			fmt.Fprintf(&b, "• Removed input '%s'\n", at)
		case was.String() != is.String():
			fmt.Fprintf(&b, "• Updated input '%s':\n    %s\n  → %s\n", at, was, is)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// sortedPaths sorts input paths name by name.
func sortedPaths(names map[string]bool) []string {
	return slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/"))
	})
}
