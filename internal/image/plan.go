package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// PlanFile is the name of the plan in the output of its derivation.
const PlanFile = "plan.json"

// planFormat is the version of the document and of the rules by which layers
// are written; both change it.
const planFormat = 1

// now, as a date, means the time at which the image is written.
const now = "now"

// A Plan says what an image consists of.
type Plan struct {
	Format       int    `json:"berthImagePlan"`
	Name         string `json:"name"`
	Tag          string `json:"tag"`
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	// Created is a date in RFC 3339, or "now".
	Created string `json:"created"`
	// Config is the image's own configuration: Cmd, Env and so on.
	Config json.RawMessage `json:"config"`
	Owner  Owner           `json:"owner"`
	// Strategy is how store objects were dealt out to layers.
	Strategy string  `json:"strategy"`
	Layers   []Layer `json:"layers"`
	// Packages are the Debian packages of the image and the other objects.
	Packages []Package `json:"packages"`
}

// Owner is what files of store objects get.
type Owner struct {
	// Mtime is a date in RFC 3339, or "now".
	Mtime string `json:"mtime"`
	UID   int    `json:"uid"`
	GID   int    `json:"gid"`
	User  string `json:"uname"`
	Group string `json:"gname"`
}

// Kind says what a layer holds.
type Kind string

// The kinds of layers, in the order in which they are stacked.
const (
	BaseLayer     Kind = "base"     // from the image below
	PackagesLayer Kind = "packages" // files of Debian packages, below /
	SetUpLayer    Kind = "setup"    // what the packages' scripts would have made
	StoreLayer    Kind = "store"    // objects below /nix/store
	FilesLayer    Kind = "files"    // contents, and what commands made of them
)

// A Layer is one layer of a plan.
type Layer struct {
	Kind Kind `json:"kind"`
	// Why says for people why these paths are together.
	Why string `json:"why"`
	// Paths are the objects in the layer, for layers made of objects.
	Paths []string `json:"paths,omitempty"`
	// Blob is where the layer is kept as it is, for all others.
	Blob *Blob `json:"blob,omitempty"`
	// DiffID and Size are those of the uncompressed tar. They are missing when
	// they depend on the time of writing.
	DiffID v1.Hash `json:"diffID,omitzero"`
	Size   int64   `json:"size,omitempty"`
}

// A Blob is a range of a file in the store.
type Blob struct {
	File   string `json:"file"`
	Offset int64  `json:"offset,omitempty"`
	Size   int64  `json:"size"`
}

// A Package is something in the image that has a name and a version.
type Package struct {
	Name         string `json:"name"`
	Version      string `json:"version,omitempty"`
	Architecture string `json:"architecture,omitempty"`
	// Source is the Debian source package.
	Source string `json:"source,omitempty"`
	Path   string `json:"path"`
	Debian bool   `json:"debian,omitempty"`
}

// Reference is the plan's name and tag.
func (p *Plan) Reference() string { return p.Name + ":" + p.Tag }

// IsFixed reports whether the image is the same whenever it is written.
func (p *Plan) IsFixed() bool { return p.Created != now && p.Owner.Mtime != now }

// Objects finds store objects on the disk. A path that begins with /nix/store
// is below the directory; with an empty directory, it is where it says.
type Objects string

// Physical returns the place of a logical path.
func (o Objects) Physical(logical string) string {
	below, inStore := strings.CutPrefix(logical, "/nix/store/")
	if o == "" || !inStore {
		return logical
	}
	return filepath.Join(string(o), below)
}

// ErrNoPlan is returned for a path that does not hold a plan.
var ErrNoPlan = errors.New("is not an image plan")

// ReadPlan reads the plan in a store object, given by its logical path.
func ReadPlan(objects Objects, object string) (*Plan, error) {
	text, err := os.ReadFile(objects.Physical(path.Join(object, PlanFile)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("'%s' %w", object, ErrNoPlan)
	}
	if err != nil {
		return nil, fmt.Errorf("reading an image plan: %w", err)
	}
	var p Plan
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, fmt.Errorf("reading the image plan '%s': %w", object, err)
	}
	if p.Format != planFormat {
		return nil, fmt.Errorf("the image plan '%s' has format %d, and this berth reads %d: build the image again", object, p.Format, planFormat)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, p.Config); err != nil {
		return nil, fmt.Errorf("reading the image plan '%s': %w", object, err)
	}
	p.Config = compact.Bytes()
	return &p, nil
}

func (p *Plan) encode() ([]byte, error) {
	text, err := json.MarshalIndent(p, "", "  ")
	return append(text, '\n'), err
}
