package image

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"golang.org/x/sys/unix"

	"berth.dev/nix/storepath"
)

// FindPlan reads the plan in a store object or, if the object is the script of
// a streamed image, the plan that the script is about. It returns which.
func FindPlan(objects Objects, object storepath.Path) (*Plan, storepath.Path, error) {
	plan, err := ReadPlan(objects, object.String())
	if !errors.Is(err, ErrNoPlan) && !isNotDirectory(err) {
		return plan, object, err
	}
	file, openErr := os.Open(objects.Physical(object.String()))
	if openErr != nil {
		return nil, object, fmt.Errorf("reading an image: %w", openErr)
	}
	defer file.Close()
	text, openErr := io.ReadAll(io.LimitReader(file, 4096))
	if openErr != nil || !strings.HasPrefix(string(text), "#!") {
		return nil, object, fmt.Errorf("'%s' %w", object, ErrNoPlan)
	}
	for word := range strings.FieldsSeq(string(text)) {
		if p, err := storepath.Parse(word); err == nil {
			plan, err := ReadPlan(objects, word)
			return plan, p, err
		}
	}
	return nil, object, fmt.Errorf("'%s' %w", object, ErrNoPlan)
}

// FullNames are the names under which an image may be stored that the user
// calls by a short one.
func FullNames(short string) []string {
	names := []string{short}
	if ref, err := name.ParseReference(short); err == nil {
		names = append(names, ref.Name())
	}
	if !strings.Contains(path.Base(short), ":") {
		names = append(names, short+":latest")
	}
	return names
}

// OpenArchive opens an image in an archive: a docker archive, or a layout in a
// tar. Of several images, name chooses. It returns the image's name, too.
func OpenArchive(file, wanted string) (v1.Image, string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, "", fmt.Errorf("opening an image: %w", err)
	}
	if _, compressed, err := decompress(f); err == nil && compressed {
		f.Close()
		return nil, "", fmt.Errorf("'%s' is compressed; decompress it first, or use 'berth image import'", file)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, "", err
	}
	a, err := openArchive(f, file)
	if err != nil {
		f.Close()
		return nil, "", err
	}
	if _, ok := a.members["oci-layout"]; ok {
		return a.layoutImage(wanted)
	}
	f.Close()
	return dockerImage(a, file, wanted)
}

func dockerImage(a *archive, file, wanted string) (v1.Image, string, error) {
	if _, ok := a.members["manifest.json"]; !ok {
		return nil, "", fmt.Errorf("'%s' is neither a docker archive nor a layout: it has no manifest.json and no oci-layout", file)
	}
	var tag *name.Tag
	if wanted != "" {
		t, err := name.NewTag(wanted)
		if err != nil {
			return nil, "", fmt.Errorf("'%s' is not the name of an image: %w", wanted, err)
		}
		tag = &t
	}
	opener := func() (io.ReadCloser, error) { return os.Open(file) }
	manifest, err := tarball.LoadManifest(opener)
	if err != nil {
		return nil, "", fmt.Errorf("reading '%s': %w", file, err)
	}
	image, err := tarball.Image(opener, tag)
	if err != nil {
		return nil, "", fmt.Errorf("reading '%s': %w", file, err)
	}
	if wanted == "" && len(manifest[0].RepoTags) > 0 {
		wanted = manifest[0].RepoTags[0]
	}
	return image, wanted, nil
}

func isNotDirectory(err error) bool { return errors.Is(err, unix.ENOTDIR) }

// Decompress writes an archive without its compression to a temporary file
// beside it and returns its name, which is empty if there is no compression.
func Decompress(file string) (string, error) {
	from, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer from.Close()
	plain, compressed, err := decompress(from)
	if err != nil || !compressed {
		return "", err
	}
	to, err := os.CreateTemp("", "berth-image-*.tar")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(to, plain)
	if err = errors.Join(err, to.Close()); err != nil {
		os.Remove(to.Name())
		return "", fmt.Errorf("decompressing '%s': %w", file, err)
	}
	return to.Name(), nil
}

// IsLoopback reports whether a registry is on this machine.
func IsLoopback(registry string) bool {
	host, _, err := net.SplitHostPort(registry)
	if err != nil {
		host = registry
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
