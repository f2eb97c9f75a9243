package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"

	"berth.dev/internal/build"
)

// BuilderConfig is what the builders of images need.
type BuilderConfig struct {
	// Memory remembers digests of layers.
	Memory Memory
	// SetUp makes the directories above Debian packages, topmost first; see
	// package root.
	SetUp func(ctx context.Context, parts []string, log func(string)) ([]string, error)
	// Registry says how images are pulled.
	Registry RegistryConfig
}

// Builders returns the builders of images, by the name behind "builtin:".
func Builders(c BuilderConfig) map[string]build.Builder {
	return map[string]build.Builder{
		"image-contents": build.BuilderFunc(buildContents),
		"image-plan": build.BuilderFunc(func(ctx context.Context, job *build.Job) error {
			return buildPlan(ctx, c, job)
		}),
		"image-archive": build.BuilderFunc(func(ctx context.Context, job *build.Job) error {
			return buildArchive(ctx, c, job)
		}),
		"image-pull": build.BuilderFunc(func(ctx context.Context, job *build.Job) error {
			return buildPull(ctx, c, job)
		}),
	}
}

// planner makes a plan from the attributes of a derivation.
type planner struct {
	config  BuilderConfig
	job     *build.Job
	out     string
	objects Objects
	plan    *Plan
	hashes  map[string]string // of objects
	// baseDirs are the directories at the top of the image below.
	baseDirs map[string]bool
}

func buildPlan(ctx context.Context, c BuilderConfig, job *build.Job) error {
	out, err := job.Output("out")
	if err != nil {
		return err
	}
	if err := job.Root.Mkdir(out, 0o755); err != nil {
		return err
	}
	p := &planner{config: c, job: job, out: out, objects: Objects(job.ObjectDir()), hashes: map[string]string{}, baseDirs: map[string]bool{}}
	if p.plan, err = readAttributes(job); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{p.addBase, p.addObjects, p.addFiles} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if err := fillDigests(ctx, c.Memory, p.plan, p.objects, p.hashes); err != nil {
		return err
	}
	text, err := p.plan.encode()
	if err != nil {
		return err
	}
	return job.Root.WriteFile(path.Join(out, PlanFile), text, 0o644)
}

// readAttributes begins a plan with what needs no store.
func readAttributes(job *build.Job) (*Plan, error) {
	p := &Plan{
		Format: planFormat, Name: job.Get("imageName"), Tag: job.Get("imageTag"),
		Architecture: job.Get("architecture"), OS: "linux", Created: job.Get("created"),
		Config: json.RawMessage(job.Get("config")),
		Owner:  Owner{Mtime: job.Get("mtime"), User: job.Get("uname"), Group: job.Get("gname")},
	}
	if p.Tag == "" {
		p.Tag = job.Derivation.Outputs[0].Path.Digest()
	}
	for name, to := range map[string]*int{"uid": &p.Owner.UID, "gid": &p.Owner.GID} {
		var err error
		if *to, err = strconv.Atoi(job.Get(name)); err != nil || *to < 0 {
			return nil, fmt.Errorf("%s '%s' is not a number", name, job.Get(name))
		}
	}
	for name, text := range map[string]string{"created": p.Created, "mtime": p.Owner.Mtime} {
		if text == now {
			continue
		}
		if _, err := date(text, epochTime); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if !json.Valid(p.Config) {
		return nil, errors.New("attribute 'config' is not JSON")
	}
	return p, nil
}

// addObjects adds the layers for Debian packages and for store objects.
func (p *planner) addObjects(ctx context.Context) error {
	roots := storePaths(p.job, p.job.Get("config"))
	files, err := closureOf(ctx, p.job, []string{p.filesObject()})
	if err != nil {
		return err
	}
	for _, o := range files {
		if o.path == p.filesObject() {
			roots = append(roots, o.references...)
		}
	}
	closure, err := closureOf(ctx, p.job, slices.Concat(roots, p.job.List("contents")))
	if err != nil {
		return err
	}
	return p.cut(ctx, newGraph(closure), roots)
}

// filesObject is the store object that the last layer comes from.
func (p *planner) filesObject() string {
	if made := p.job.Get("customised"); made != "" {
		return made
	}
	return p.job.Get("root")
}

// cut deals the objects out to layers. Packages are part of the image when
// anything in the contents needs them, other objects when a link or the
// configuration leads to them.
func (p *planner) cut(ctx context.Context, all graph, roots []string) error {
	parts := all.only(slices.DeleteFunc(all.paths(), func(path string) bool { return !all[path].part }))
	objects := all.reach(roots).without(parts)
	base := p.job.Get("base")
	if len(parts) > 0 && base != "" {
		always, err := closureOf(ctx, p.job, []string{base})
		if err != nil {
			return err
		}
		for _, o := range always {
			all[o.path], parts[o.path] = o, o
		}
	}
	for path, o := range all {
		p.hashes[path] = o.hash
	}
	limit, err := p.limit(len(parts) > 0)
	if err != nil {
		return err
	}
	packages := cutPackages(all, limit-min(1, len(objects)))
	p.add(PackagesLayer, packages)
	if err := p.addSetUp(ctx, parts.paths()); err != nil {
		return err
	}
	if p.plan.Packages, err = debianPackages(p.objects, parts.paths()); err != nil {
		return err
	}
	if !p.job.Flag("includeStorePaths") {
		return nil
	}
	for _, path := range objects.paths() {
		p.plan.Packages = append(p.plan.Packages, storePackage(path))
	}
	return p.cutObjects(objects, max(1, limit-len(packages)))
}

func (p *planner) cutObjects(objects graph, limit int) error {
	steps := p.job.Get("layeringPipeline")
	if steps == "" {
		p.plan.Strategy = "size"
		p.add(StoreLayer, cutBySize(objects, limit))
		return nil
	}
	p.plan.Strategy = "pipeline"
	pipeline, err := parsePipeline([]byte(steps))
	if err != nil {
		return err
	}
	cuts, err := cutByPipeline(objects, pipeline)
	p.add(StoreLayer, cuts)
	return err
}

func (p *planner) add(kind Kind, cuts []cut) {
	for _, c := range cuts {
		p.plan.Layers = append(p.plan.Layers, Layer{Kind: kind, Why: c.why, Paths: c.paths})
	}
}

// limit is how many layers remain for packages and objects.
func (p *planner) limit(debian bool) (int, error) {
	most, err := strconv.Atoi(p.job.Get("maxLayers"))
	if err != nil {
		return 0, fmt.Errorf("maxLayers '%s' is not a number", p.job.Get("maxLayers"))
	}
	own, needed := 1, 1
	if debian {
		own, needed = 2, 2
	}
	left := most - own - len(p.plan.Layers)
	if left < needed && p.job.Get("layeringPipeline") == "" {
		return 0, fmt.Errorf("maxLayers = %d is too few: the base image has %d layers, %d are for contents and set-up, and at least %d for packages and store paths",
			most, len(p.plan.Layers), own, needed)
	}
	return left, nil
}

// addSetUp adds what the scripts of Debian packages would have made.
func (p *planner) addSetUp(ctx context.Context, parts []string) error {
	if len(parts) == 0 {
		return nil
	}
	physical := make([]string, len(parts))
	for i, part := range parts {
		physical[i] = p.objects.Physical(part)
	}
	dirs, err := p.config.SetUp(ctx, physical, p.job.Log)
	if err != nil {
		return err
	}
	return p.addBlob(SetUpLayer, "what the packages' installation scripts would have made: accounts, alternatives, certificates", "setup.tar", func(w io.Writer) error {
		return writeSetUp(w, dirs, physical)
	})
}

// addBlob adds a layer that is kept in the plan's own output.
func (p *planner) addBlob(kind Kind, why, name string, write func(io.Writer) error) error {
	file, err := p.job.Root.Create(path.Join(p.out, name))
	if err != nil {
		return err
	}
	defer file.Close()
	d, err := digestOf(func(w io.Writer) error { return write(io.MultiWriter(w, file)) })
	if err != nil {
		return err
	}
	logical := path.Join(p.job.Derivation.Outputs[0].Path.String(), name)
	p.plan.Layers = append(p.plan.Layers, Layer{Kind: kind, Why: why, Blob: &Blob{File: logical, Size: d.Size}, DiffID: d.Hash, Size: d.Size})
	return file.Close()
}
