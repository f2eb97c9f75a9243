// Package evalcache remembers what evaluations came to, for as long as nothing
// that they looked at has changed.
//
// In comes, from a [Recorder] that listens to an evaluation, everything that
// was asked of the world and the answers: files, directories, files that were
// not there, variables of the environment, source trees, packages. Out comes
// the stored result of an earlier evaluation whose questions all have the same
// answers now. Questions are asked again each time, in their order; nothing is
// concluded from times or sizes of files. Which result belongs to which command
// is left to the caller, who names it by a [Key] of everything that is known
// before evaluation, such as the version of berth and the flags.
package evalcache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Key names an evaluation by what is known before it starts.
type Key string

// NewKey makes a key of values that can be written as JSON.
func NewKey(parts ...any) (Key, error) {
	text, err := json.Marshal(parts)
	if err != nil {
		return "", err
	}
	return Key(digest(text)), nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// Fact is a question an evaluation asked, and the digest of the answer.
type Fact struct {
	Kind     string `json:"kind"`
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Ask answers a question anew. An error means that it has no answer now.
type Ask func(kind, question string) ([]byte, error)

// Cache is a folder of results. The zero Cache remembers nothing.
type Cache struct {
	Dir string
}

// entry is the file of a result.
type entry struct {
	Facts  []Fact          `json:"facts"`
	Result json.RawMessage `json:"result"`
}

// Load reads the result of an evaluation into a value, and reports whether
// there was one that still holds.
func (c Cache) Load(key Key, ask Ask, result any) bool {
	if c.Dir == "" {
		return false
	}
	name := c.file(key)
	data, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	var e entry
	if json.Unmarshal(data, &e) != nil || !holds(e.Facts, ask) || json.Unmarshal(e.Result, result) != nil {
		return false
	}
	// Results in use are not the ones to forget first; if that cannot be
	// noted, it costs an evaluation some day.
	_ = os.Chtimes(name, time.Time{}, time.Now())
	return true
}

func holds(facts []Fact, ask Ask) bool {
	for _, f := range facts {
		answer, err := ask(f.Kind, f.Question)
		if err != nil || digest(answer) != f.Answer {
			return false
		}
	}
	return true
}

// Save stores the result of an evaluation, unless the recorder heard of
// something that makes it unfit. It replaces an earlier one.
func (c Cache) Save(key Key, r *Recorder, result any) error {
	facts, fit := r.facts()
	if c.Dir == "" || !fit {
		return nil
	}
	var text bytes.Buffer
	encoded, err := json.Marshal(result)
	if err == nil {
		err = json.NewEncoder(&text).Encode(entry{facts, encoded})
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	if err := c.prune(); err != nil {
		return err
	}
	return replaceFile(c.file(key), text.Bytes())
}

func (c Cache) file(key Key) string { return filepath.Join(c.Dir, string(key)+".json") }

func replaceFile(name string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}

// capacity is how many results are kept.
const capacity = 256

// prune removes the results that were not used for longest, if there are too
// many.
func (c Cache) prune() error {
	entries, err := os.ReadDir(c.Dir)
	if err != nil || len(entries) < capacity {
		return err
	}
	used := make(map[string]time.Time, len(entries))
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			used[e.Name()] = info.ModTime()
		}
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return used[a.Name()].Compare(used[b.Name()]) })
	for _, e := range entries[:len(entries)-capacity*3/4] {
		if err := os.Remove(filepath.Join(c.Dir, e.Name())); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}
