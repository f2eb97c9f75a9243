package engine

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// documentLimit bounds the JSON files of an archive.
const documentLimit = 16 << 20

// Load takes over the images of an archive as `docker save` writes it and
// returns their names. Layers that the engine has already are compared by
// their digest, not unpacked again. Nothing of a broken archive can be used.
func (e *Engine) Load(ctx context.Context, r io.Reader) ([]string, error) {
	plain, err := decompressed(r)
	if err != nil {
		return nil, fmt.Errorf("load image: %w", err)
	}
	l := &load{engine: e, documents: map[string][]byte{}, layers: map[string]string{}, links: map[string]string{}}
	defer l.discard()
	if err := l.read(ctx, plain); err != nil {
		return nil, fmt.Errorf("load image: %w", err)
	}
	names, err := l.finish()
	if err != nil {
		return nil, fmt.Errorf("load image: %w", err)
	}
	return names, nil
}

// load is one archive being read. Its files may come in any order.
type load struct {
	engine    *Engine
	documents map[string][]byte
	// layers maps files of the archive to the digests of their content.
	layers map[string]string
	links  map[string]string
	// temporary are the directories of layers that are not in place yet, by
	// digest.
	temporary []unpacked
}

type unpacked struct{ digest, directory string }

// manifest is the entry of an image in manifest.json.
type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (l *load) read(ctx context.Context, r io.Reader) error {
	for archive := tar.NewReader(r); ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the archive is broken: %w", err)
		}
		name := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeSymlink, tar.TypeLink:
			l.links[name] = h.Linkname
			if h.Typeflag == tar.TypeSymlink {
				l.links[name] = path.Join(path.Dir(name), h.Linkname)
			}
		case tar.TypeReg:
			if err := l.file(name, h.Size, archive); err != nil {
				return err
			}
		}
	}
}

// file keeps a document and unpacks a layer: which of them a blob is, its
// first bytes say.
func (l *load) file(name string, size int64, r io.Reader) error {
	content := bufio.NewReaderSize(r, 64<<10)
	start, _ := content.Peek(1)
	if size <= documentLimit && (len(start) == 0 || start[0] == '{' || start[0] == '[' || !isLayer(content)) {
		text, err := io.ReadAll(content)
		l.documents[name] = text
		return err
	}
	digest, err := l.layer(name, content)
	if err != nil {
		return fmt.Errorf("layer %s: %w", name, err)
	}
	l.layers[name] = digest
	return nil
}

// isLayer recognises a tar file, compressed or not.
func isLayer(r *bufio.Reader) bool {
	const magicAt = 257
	start, _ := r.Peek(512)
	if bytes.HasPrefix(start, gzipMagic) {
		return true
	}
	return len(start) == 512 && (bytes.HasPrefix(start[magicAt:], []byte("ustar")) || len(bytes.Trim(start, "\x00")) == 0)
}

var gzipMagic = []byte{0x1f, 0x8b}

func decompressed(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 1<<20)
	if start, _ := buffered.Peek(2); bytes.Equal(start, gzipMagic) {
		return gzip.NewReader(buffered)
	}
	return buffered, nil
}

// layer unpacks a layer beside its place and returns the digest of its bytes.
func (l *load) layer(name string, r io.Reader) (string, error) {
	plain, err := decompressed(r)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	content := io.TeeReader(plain, hash)
	if l.known(name) {
		_, err := io.Copy(io.Discard, content)
		return hex.EncodeToString(hash.Sum(nil)), err
	}
	directory, err := os.MkdirTemp(l.engine.path(layersName), ".new-")
	if err != nil {
		return "", err
	}
	err = os.Chmod(directory, 0o755)
	if err == nil {
		err = unpackLayer(content, directory)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, content) // the padding belongs to the digest
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	l.temporary = append(l.temporary, unpacked{digest, directory})
	return digest, err
}

// known reports whether the file's name is the digest of a layer that is here.
// If the name lies, the digest of the content will not fit.
func (l *load) known(name string) bool {
	for component := range strings.SplitSeq(name, "/") {
		component = strings.TrimSuffix(component, ".tar")
		if len(component) != sha256.Size*2 {
			continue
		}
		if _, err := os.Stat(l.engine.path(layersName, component)); err == nil {
			return true
		}
	}
	return false
}

func (l *load) finish() ([]string, error) {
	text, ok := l.documents["manifest.json"]
	if !ok {
		return nil, errors.New("the archive has no manifest.json; an archive as `docker save` writes it was expected")
	}
	var manifests []manifest
	if err := json.Unmarshal(text, &manifests); err != nil {
		return nil, fmt.Errorf("manifest.json: %w", err)
	}
	var all []string
	for _, m := range manifests {
		id, err := l.image(m)
		if err != nil {
			return nil, err
		}
		if err := l.engine.tag(id, m.RepoTags); err != nil {
			return nil, err
		}
		all = append(all, m.RepoTags...)
		if len(m.RepoTags) == 0 {
			all = append(all, "sha256:"+id)
		}
	}
	return all, nil
}

// image checks an image's layers against its configuration, puts them in place
// and then the image.
func (l *load) image(m manifest) (string, error) {
	text, ok := l.documents[path.Clean(m.Config)]
	if !ok {
		return "", fmt.Errorf("the archive lacks the configuration %s", m.Config)
	}
	var config ImageConfig
	if err := json.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("configuration %s: %w", m.Config, err)
	}
	if len(config.RootFS.DiffIDs) != len(m.Layers) {
		return "", fmt.Errorf("image %q has %d layers in its configuration and %d in the archive", m.RepoTags, len(config.RootFS.DiffIDs), len(m.Layers))
	}
	for i, name := range m.Layers {
		digest, ok := l.digest(name)
		if !ok {
			return "", fmt.Errorf("the archive lacks the layer %s", name)
		}
		if wanted := config.RootFS.DiffIDs[i]; wanted != "sha256:"+digest {
			return "", fmt.Errorf("layer %s is sha256:%s, but the image says %s", name, digest, wanted)
		}
	}
	if err := l.place(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	id := hex.EncodeToString(sum[:])
	return id, writeJSON(l.engine.imagePath(id), json.RawMessage(text))
}

// digest follows the links by which archives name one layer several times.
func (l *load) digest(name string) (string, bool) {
	name = path.Clean(name)
	for range maxLinks {
		if digest, ok := l.layers[name]; ok {
			return digest, true
		}
		target, ok := l.links[name]
		if !ok {
			return "", false
		}
		name = target
	}
	return "", false
}

// place gives the unpacked layers their names. A layer that another process
// has put there meanwhile is the same.
func (l *load) place() error {
	for _, u := range l.temporary {
		final := l.engine.path(layersName, u.digest)
		if err := os.Rename(u.directory, final); err != nil {
			if _, statErr := os.Stat(final); statErr != nil {
				return err
			}
		}
	}
	return nil
}

// discard removes what was not put in place.
func (l *load) discard() {
	for _, u := range l.temporary {
		os.RemoveAll(u.directory)
	}
}
