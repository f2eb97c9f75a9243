package debian

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// UnpackRules names the rules by which Unpack lays out a part. Whoever caches
// parts makes it part of the key; it changes when their content would.
const UnpackRules = "2"

// A Part is the manifest of an unpacked package: what the file tree beside it
// cannot hold.
type Part struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Architecture string `json:"architecture"`
	// Source is the source package, with its version in parentheses where that
	// is another one; empty where it has the package's name and version.
	Source string `json:"source,omitempty"`
	// Depends is what the package needs, Provides what else it is, as in its
	// control file; Pre-Depends are among what it needs.
	Depends  string `json:"depends,omitempty"`
	Provides string `json:"provides,omitempty"`
	// Special lists files and directories whose owner or mode a store cannot
	// keep, sorted as in the archive.
	Special   []Special `json:"special,omitempty"`
	Conffiles []string  `json:"conffiles,omitempty"`
	// Triggers are the lines of the triggers control file.
	Triggers []string `json:"triggers,omitempty"`
	// Scripts holds the maintainer scripts by name. They are never run; facts
	// are extracted from their text.
	Scripts map[string]string `json:"scripts,omitempty"`
}

// A Special is a file or directory with an owner other than root or a mode
// other than the usual ones.
type Special struct {
	Path      string `json:"path"` // below root/, without leading slash
	Directory bool   `json:"directory,omitempty"`
	Mode      Mode   `json:"mode"`
	UID       int    `json:"uid,omitempty"`
	GID       int    `json:"gid,omitempty"`
}

// A Mode is a Unix mode with the set-id and sticky bits, written in octal.
type Mode uint32

// MarshalText writes the mode as chmod(1) takes it.
func (m Mode) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%04o", uint32(m)), nil }

// UnmarshalText reads an octal mode.
func (m *Mode) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 8, 12)
	*m = Mode(n)
	return err
}

// ReadPart reads the manifest of a part directory.
func ReadPart(dir string) (*Part, error) {
	path := filepath.Join(dir, "part.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read part: %w", err)
	}
	var p Part
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("read part %s: %w", path, err)
	}
	return &p, nil
}

func (p *Part) write(path string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return writeAtomically(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
