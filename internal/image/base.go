package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An archive is an uncompressed docker archive, by the places of its members.
type archive struct {
	file    *os.File
	logical string // what the file is called in the plan
	members map[string]Blob
	links   map[string]string
}

// archiveManifest is an entry of manifest.json.
type archiveManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func openArchive(file *os.File, logical string) (*archive, error) {
	a := &archive{file: file, logical: logical, members: map[string]Blob{}, links: map[string]string{}}
	// The file is read directly, so that its position is that of the content.
	for reader := tar.NewReader(file); ; {
		h, err := reader.Next()
		if err == io.EOF {
			return a, nil
		}
		if err != nil {
			return nil, fmt.Errorf("'%s' is not a docker archive: %w", logical, err)
		}
		name := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			offset, err := file.Seek(0, io.SeekCurrent)
			if err != nil {
				return nil, err
			}
			a.members[name] = Blob{File: logical, Offset: offset, Size: h.Size}
		case tar.TypeSymlink:
			a.links[name] = path.Join(path.Dir(name), h.Linkname)
		case tar.TypeLink:
			a.links[name] = path.Clean(h.Linkname)
		}
	}
}

// member returns the place of a member, following one link.
func (a *archive) member(name string) (Blob, error) {
	name = path.Clean(name)
	if target, ok := a.links[name]; ok {
		name = target
	}
	b, ok := a.members[name]
	if !ok {
		return b, fmt.Errorf("'%s' has no member %q", a.logical, name)
	}
	return b, nil
}

func (a *archive) section(b Blob) *io.SectionReader {
	return io.NewSectionReader(a.file, b.Offset, b.Size)
}

// maxDocument bounds the JSON documents of an image.
const maxDocument = 16 << 20

func (a *archive) document(name string, to any) error {
	b, err := a.member(name)
	if err != nil {
		return err
	}
	if b.Size > maxDocument {
		return fmt.Errorf("'%s' in '%s' has %d bytes, which is too much for a document", name, a.logical, b.Size)
	}
	if err := json.NewDecoder(a.section(b)).Decode(to); err != nil {
		return fmt.Errorf("reading '%s' of '%s': %w", name, a.logical, err)
	}
	return nil
}

// first returns the first image of the archive.
func (a *archive) first() (archiveManifest, *v1.ConfigFile, error) {
	var manifests []archiveManifest
	if err := a.document("manifest.json", &manifests); err != nil {
		return archiveManifest{}, nil, err
	}
	if len(manifests) == 0 {
		return archiveManifest{}, nil, fmt.Errorf("'%s' holds no image", a.logical)
	}
	var config v1.ConfigFile
	if err := a.document(manifests[0].Config, &config); err != nil {
		return archiveManifest{}, nil, err
	}
	if n, m := len(manifests[0].Layers), len(config.RootFS.DiffIDs); n != m {
		return archiveManifest{}, nil, fmt.Errorf("'%s' has %d layers, and its configuration says %d", a.logical, n, m)
	}
	return manifests[0], &config, nil
}

// mergeEnvironment puts variables over those of the image below.
func mergeEnvironment(below, above []string) []string {
	merged := slices.Clone(below)
	for _, variable := range above {
		name, _, _ := strings.Cut(variable, "=")
		at := slices.IndexFunc(merged, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if at >= 0 {
			merged[at] = variable
		} else {
			merged = append(merged, variable)
		}
	}
	return merged
}

// inheritEnvironment returns the configuration of an image with the variables
// of the image below it, which is all that is inherited.
func inheritEnvironment(config json.RawMessage, below []string) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(config, &fields); err != nil {
		return nil, fmt.Errorf("the image's config is not an attribute set: %w", err)
	}
	if len(below) == 0 {
		return config, nil
	}
	key := "Env"
	for k := range fields {
		if strings.EqualFold(k, "Env") {
			key = k
		}
	}
	var own []string
	if text, ok := fields[key]; ok {
		if err := json.Unmarshal(text, &own); err != nil {
			return nil, errors.New("the image's config.Env is not a list of strings")
		}
	}
	text, err := json.Marshal(mergeEnvironment(below, own))
	if err != nil {
		return nil, err
	}
	fields[key] = text
	return json.Marshal(fields)
}
