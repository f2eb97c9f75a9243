package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/internal/build"
	"berth.dev/internal/image"
	"berth.dev/internal/ui"
	"berth.dev/nix/eval"
	"berth.dev/nix/storepath"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// imageSource is what an IMAGE on the command line turned out to be: a plan
// that berth made, or an image from elsewhere.
type imageSource struct {
	name   string
	built  *image.Built
	object storepath.Path // of the plan
	other  v1.Image
}

// image returns the source as the library knows images.
func (s *imageSource) image(ctx context.Context) (v1.Image, error) {
	if s.built != nil {
		return s.built.Image(ctx)
	}
	return s.other, nil
}

// openImage finds out what an argument names and opens it. What has to be
// evaluated and built for it, is.
func (a *app) openImage(ctx context.Context, o *imageOptions, display *ui.Display, arg string) (*imageSource, error) {
	scheme, rest, _ := strings.Cut(arg, ":")
	switch scheme {
	case "docker":
		return a.openRemote(ctx, o, display, strings.TrimPrefix(rest, "//"))
	case "docker-archive":
		return openFile(a.path(rest), "")
	case "oci", "oci-archive":
		file, name, _ := strings.Cut(rest, ":")
		return openFile(a.path(file), name)
	}
	if o.expressions || len(o.attributes) > 0 || strings.Contains(arg, "#") {
		return a.evaluateImage(ctx, o, display, arg)
	}
	if strings.HasPrefix(arg, storepath.Dir+"/") {
		return a.openObject(ctx, o, arg)
	}
	info, err := os.Stat(a.path(arg))
	if err != nil {
		return a.openLocal(arg)
	}
	return a.openPath(ctx, o, display, arg, info)
}

// openPath opens what is on the disk: a link to a store object, a layout, an
// archive, or something to evaluate.
func (a *app) openPath(ctx context.Context, o *imageOptions, display *ui.Display, arg string, info os.FileInfo) (*imageSource, error) {
	real, err := filepath.EvalSymlinks(a.path(arg))
	if err != nil {
		return nil, err
	}
	if dir, base := filepath.Split(real); strings.HasSuffix(dir, storepath.Dir+"/") {
		if p, err := storepath.FromBase(base); err == nil {
			if o.store == "" {
				o.store = dir
			}
			return a.openObject(ctx, o, p.String())
		}
	}
	if filepath.Ext(arg) == ".nix" || info.IsDir() && !isLayout(real) {
		return a.evaluateImage(ctx, o, display, arg)
	}
	return openFile(real, "")
}

func isLayout(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "oci-layout"))
	return err == nil
}

func openFile(file, name string) (*imageSource, error) {
	if isLayout(file) {
		layout, err := image.OpenLayout(file)
		if err != nil {
			return nil, err
		}
		found, err := layout.Find(name)
		return &imageSource{name: name, other: found}, err
	}
	found, name, err := image.OpenArchive(file, name)
	return &imageSource{name: name, other: found}, err
}

// openLocal opens an image that was pulled or imported.
func (a *app) openLocal(name string) (*imageSource, error) {
	stateDir, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	layout, err := localImages(stateDir)
	if err != nil {
		return nil, err
	}
	for _, candidate := range image.FullNames(name) {
		found, err := layout.Find(candidate)
		if err == nil {
			return &imageSource{name: candidate, other: found}, nil
		}
		if !errors.Is(err, image.ErrNoImage) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("'%s' is neither a file nor an image that was pulled or imported; an image of a registry is docker://%s, one of a flake .#%s", name, name, name)
}

func (a *app) openRemote(ctx context.Context, o *imageOptions, display *ui.Display, name string) (*imageSource, error) {
	config, err := a.registryConfig(o.registryOptions, display.Warn)
	if err != nil {
		return nil, err
	}
	found, err := image.NewRegistry(config).Image(ctx, name)
	return &imageSource{name: name, other: found}, err
}

// openObject opens an image by a logical store path: a plan, the script of a
// streamed image, or an archive.
func (a *app) openObject(ctx context.Context, o *imageOptions, path string) (*imageSource, error) {
	object, _, err := storepath.Split(path)
	if err != nil {
		return nil, err
	}
	stateDir, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	objects := o.store
	if objects == "" {
		objects = filepath.Join(stateDir, "nix/store")
	}
	options := o.planOptions(objects, stateDir)
	plan, object, err := image.FindPlan(options.Objects, object)
	if errors.Is(err, image.ErrNoPlan) {
		return openFile(options.Objects.Physical(object.String()), "")
	}
	if err != nil {
		return nil, err
	}
	built, err := image.Open(ctx, plan, options)
	if err != nil {
		return nil, err
	}
	return &imageSource{name: built.Tag, built: built, object: object}, nil
}

// evaluateImage evaluates an expression to an image and realises it.
func (a *app) evaluateImage(ctx context.Context, o *imageOptions, display *ui.Display, arg string) (*imageSource, error) {
	var source *imageSource
	err := a.eachValue(ctx, &o.evalOptions, []string{arg}, func(w *workspace, v *eval.Value) error {
		v, err := w.defaultPackage(v)
		if err != nil {
			return err
		}
		object, err := w.realiseImage(ctx, display, v)
		if err != nil {
			return err
		}
		o.store = w.store.ObjectDir()
		source, err = a.openObject(ctx, o, object.String())
		return err
	})
	if err == nil && source == nil {
		err = fmt.Errorf("'%s' gives no image", arg)
	}
	return source, err
}

// realiseImage builds the plan of an image where there is one, else the
// derivation, which should make an archive.
func (w *workspace) realiseImage(ctx context.Context, display *ui.Display, v *eval.Value) (storepath.Path, error) {
	ev := w.session.Evaluator
	if err := ev.Force(v); err != nil {
		return storepath.Path{}, err
	}
	if v.Kind() == eval.KindAttrs {
		if plan, err := ev.Get(v, "plan"); err == nil && plan != nil {
			v = plan
		}
	}
	text, err := w.derivationPath(v)
	if err != nil {
		return storepath.Path{}, err
	}
	p, err := storepath.Parse(text)
	if err != nil {
		return p, err
	}
	if err := w.session.Store.Flush(); err != nil {
		return p, err
	}
	made, err := w.realiser(display).Realise(ctx, build.Wanted{Derivation: p, Outputs: []string{"out"}})
	if err != nil {
		return p, err
	}
	return made[0].Path, nil
}
