package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// legacyArchive writes the docker archive that skopeo writes, byte for byte:
// layers under their digests, links and documents for engines before 1.10, and
// everything read-only and without a date.
type legacyArchive struct {
	tar    *tar.Writer
	layers []string // file names, in order
	ids    []string // of the old format
}

// WriteArchive writes any image as a docker archive under a name. Images made
// by berth have a faster way, see [Built.WriteArchive].
func WriteArchive(w io.Writer, image v1.Image, name string) error {
	return writeLegacyArchive(w, image, name)
}

// writeLegacyArchive writes an image under a name.
func writeLegacyArchive(w io.Writer, image v1.Image, name string) error {
	a := &legacyArchive{tar: tar.NewWriter(w)}
	layers, err := image.Layers()
	if err != nil {
		return err
	}
	written := map[string]bool{}
	for _, l := range layers {
		id, err := l.DiffID()
		if err != nil {
			return err
		}
		file := id.Hex + ".tar"
		a.layers = append(a.layers, file)
		if !written[file] {
			written[file] = true
			if err := a.layer(file, l, id); err != nil {
				return fmt.Errorf("layer %s: %w", id, err)
			}
		}
	}
	config, err := image.RawConfigFile()
	if err != nil {
		return err
	}
	configName := hashOf(config).Hex + ".json"
	if err := a.file(configName, config); err != nil {
		return err
	}
	if err := a.legacy(config); err != nil {
		return err
	}
	return a.index(configName, name)
}

func (a *legacyArchive) header(h tar.Header) error {
	h.ModTime, h.Format = time.Unix(0, 0), tar.FormatUnknown
	return a.tar.WriteHeader(&h)
}

func (a *legacyArchive) file(name string, text []byte) error {
	if err := a.header(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o444, Size: int64(len(text))}); err != nil {
		return err
	}
	_, err := a.tar.Write(text)
	return err
}

// layer writes an uncompressed layer; its size is found by reading it twice.
func (a *legacyArchive) layer(name string, l v1.Layer, want v1.Hash) error {
	d, err := digestOf(func(w io.Writer) error { return copyLayer(w, l) })
	if err != nil {
		return err
	}
	if d.Hash != want {
		return fmt.Errorf("its content has the digest %s", d.Hash)
	}
	if err := a.header(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o444, Size: d.Size}); err != nil {
		return err
	}
	return copyLayer(a.tar, l)
}

func copyLayer(w io.Writer, l v1.Layer) error {
	content, err := l.Uncompressed()
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(w, content)
	return err
}

// legacyFields are what the last layer's document repeats of the configuration;
// what is not there is null.
var legacyFields = [...]string{"architecture", "config", "container", "container_config", "created", "docker_version", "os"}

// legacy writes a folder per layer, named by everything below and in it.
func (a *legacyArchive) legacy(config []byte) error {
	var full map[string]json.RawMessage
	if err := json.Unmarshal(config, &full); err != nil {
		return err
	}
	var chain, parent string
	for i, file := range a.layers {
		chain = nextChain(chain, file)
		fields := map[string]any{}
		if i == len(a.layers)-1 {
			for _, key := range legacyFields {
				fields[key] = full[key]
			}
		}
		id, text, err := legacyDocument(chain, parent, fields)
		if err != nil {
			return err
		}
		if err := a.folder(id, file, text); err != nil {
			return err
		}
		a.ids = append(a.ids, id)
		parent = id
	}
	return nil
}

// nextChain is the chain id of a layer: its diff id over the one below.
func nextChain(below, file string) string {
	diff := "sha256:" + file[:len(file)-len(".tar")]
	if below == "" {
		return diff
	}
	sum := sha256.Sum256([]byte(below + " " + diff))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func legacyDocument(chain, parent string, fields map[string]any) (id string, text []byte, err error) {
	fields["layer_id"] = chain
	if parent != "" {
		fields["parent"] = parent
	}
	if text, err = json.Marshal(fields); err != nil {
		return "", nil, err
	}
	id = hashOf(text).Hex
	delete(fields, "layer_id")
	fields["id"] = id
	text, err = json.Marshal(fields)
	return id, text, err
}

func (a *legacyArchive) folder(id, layer string, text []byte) error {
	if err := a.header(tar.Header{Typeflag: tar.TypeSymlink, Name: path.Join(id, "layer.tar"), Linkname: path.Join("..", layer)}); err != nil {
		return err
	}
	if err := a.file(path.Join(id, "VERSION"), []byte("1.0")); err != nil {
		return err
	}
	return a.file(path.Join(id, "json"), text)
}

// index writes the two documents that name the image.
func (a *legacyArchive) index(config, name string) error {
	repository, tag := splitTag(name)
	repositories, err := json.Marshal(map[string]map[string]string{repository: {tag: a.ids[len(a.ids)-1]}})
	if err != nil {
		return err
	}
	manifest, err := json.Marshal([]archiveManifest{{config, []string{name}, a.layers}})
	if err != nil {
		return err
	}
	if err := a.file("manifest.json", manifest); err != nil {
		return err
	}
	if err := a.file("repositories", repositories); err != nil {
		return err
	}
	return a.tar.Close()
}

// splitTag cuts a name at its tag.
func splitTag(name string) (repository, tag string) {
	for i := len(name) - 1; i >= 0 && name[i] != '/'; i-- {
		if name[i] == ':' {
			return name[:i], name[i+1:]
		}
	}
	return name, "latest"
}
