package build

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

// Builder makes the outputs of derivations whose builder is "builtin:<name>".
type Builder interface {
	Build(ctx context.Context, job *Job) error
}

// BuilderFunc is a function as a Builder.
type BuilderFunc func(ctx context.Context, job *Job) error

// Build calls the function.
func (f BuilderFunc) Build(ctx context.Context, job *Job) error { return f(ctx, job) }

// Job is what a builder in this program works on.
type Job struct {
	Path       storepath.Path
	Derivation *derivation.Derivation
	// Root is the directory in which the outputs are made, under the names
	// that Output gives. Modes, owners and times are set afterwards.
	Root *os.Root
	// Dir is the place of Root, for what needs a path.
	Dir string
	// Scratch is a directory beside Root, removed after the build.
	Scratch string

	Archive Archive
	Client  *http.Client
	// Progress reports bytes, Log a line for people.
	Progress func(done, total int64)
	Log      func(line string)

	store      *store.Store
	closure    map[storepath.Path]bool
	attributes *attributes
}

func (w *work) job() (*Job, error) {
	attributes, err := w.attributes()
	if err != nil {
		return nil, err
	}
	scratch := filepath.Join(w.staging.Dir(), "scratch")
	for _, dir := range []string{w.outputDir(), scratch} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return nil, err
		}
	}
	root, err := os.OpenRoot(w.outputDir())
	if err != nil {
		return nil, err
	}
	job := &Job{
		Path: w.path, Derivation: w.drv, Root: root, Dir: w.outputDir(), Scratch: scratch,
		Archive: w.realiser.Archive, Client: w.realiser.Client,
		Progress: w.activity.Progress, Log: w.activity.Log,
		store: w.realiser.Store, closure: map[storepath.Path]bool{}, attributes: attributes,
	}
	for _, p := range w.closure {
		job.closure[p] = true
	}
	return job, nil
}

// outputDir is the directory in which outputs are made.
func (w *work) outputDir() string { return filepath.Join(w.staging.Dir(), "outputs") }

// Get returns an attribute of the derivation, "" when it is not there.
func (j *Job) Get(name string) string {
	text, _ := j.attributes.text(name)
	return text
}

// List returns an attribute that is a list of words.
func (j *Job) List(name string) []string {
	words, _ := j.attributes.list(name)
	return words
}

// Flag reports whether an attribute is true.
func (j *Job) Flag(name string) bool {
	text := j.Get(name)
	return text == "1" || text == "true"
}

// Output returns the name beneath Root of an output.
func (j *Job) Output(name string) (string, error) {
	o, ok := j.Derivation.Output(name)
	if !ok {
		return "", fmt.Errorf("the derivation has no output '%s'", name)
	}
	return o.Path.Base(), nil
}

// Physical returns where a logical path such as "/nix/store/...-x/bin" is on the
// disk. It must be in an input of the derivation. Links on the way are
// followed, also from one store object to another; the last component is not.
func (j *Job) Physical(logical string) (string, error) {
	for range 40 { // as many links as the kernel follows
		physical, next, err := j.step(logical)
		if err != nil || next == "" {
			return physical, err
		}
		logical = next
	}
	return "", fmt.Errorf("'%s' has too many symbolic links", logical)
}

// step walks along a path up to the first link, and returns where that leads.
func (j *Job) step(logical string) (physical, next string, err error) {
	object, rest, err := storepath.Split(path.Clean(logical))
	if err != nil {
		return "", "", err
	}
	if !j.closure[object] {
		return "", "", fmt.Errorf("'%s' is not an input of the derivation", object)
	}
	at, inside := object.String(), j.store.PhysicalPath(object)
	components := strings.FieldsFunc(rest, func(c rune) bool { return c == '/' })
	for i, component := range components {
		target, err := os.Readlink(inside)
		if err == nil {
			if !path.IsAbs(target) {
				target = path.Join(path.Dir(at), target)
			}
			return "", path.Join(append([]string{target}, components[i:]...)...), nil
		}
		if !errors.Is(err, unix.EINVAL) { // it is no link
			return "", "", err
		}
		at, inside = path.Join(at, component), filepath.Join(inside, component)
	}
	return inside, "", nil
}
