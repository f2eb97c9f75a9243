package image

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// configFile is the image configuration of the OCI specification, with the
// user's part as it was given.
type configFile struct {
	Created      string          `json:"created"`
	Architecture string          `json:"architecture"`
	OS           string          `json:"os"`
	Config       json.RawMessage `json:"config"`
	RootFS       rootFS          `json:"rootfs"`
	History      []history       `json:"history"`
}

type rootFS struct {
	Type    string    `json:"type"`
	DiffIDs []v1.Hash `json:"diff_ids"`
}

type history struct {
	Created   string `json:"created"`
	CreatedBy string `json:"created_by"`
	Comment   string `json:"comment,omitempty"`
}

// configText makes the image's configuration; its digest is the image's id.
func (p *Plan) configText(layers []Layer, at time.Time) ([]byte, error) {
	created, err := date(p.Created, at)
	if err != nil {
		return nil, fmt.Errorf("created: %w", err)
	}
	when := created.Format(time.RFC3339Nano)
	c := configFile{Created: when, Architecture: p.Architecture, OS: p.OS, Config: p.Config, RootFS: rootFS{Type: "layers"}}
	if slices.Equal(c.Config, []byte("null")) {
		c.Config = json.RawMessage("{}")
	}
	for _, l := range layers {
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, l.DiffID)
		c.History = append(c.History, history{when, "berth: " + l.Why, l.comment()})
	}
	return json.Marshal(c)
}

func (l *Layer) comment() string {
	if len(l.Paths) == 0 {
		return ""
	}
	names := make([]string, len(l.Paths))
	for i, p := range l.Paths {
		names[i] = path.Base(p)
	}
	if l.Kind == PackagesLayer {
		return "packages: " + strings.Join(names, " ")
	}
	return "store paths: " + strings.Join(names, " ")
}
