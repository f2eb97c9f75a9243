package image

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// An Engine is a container engine that is reached by its command.
type Engine struct {
	// Name is "docker" or "podman".
	Name string
	// Command is the program with its first arguments; by default the name.
	Command []string
	// Environment is added to that of this process.
	Environment []string
}

// LoadResult says what was sent to an engine.
type LoadResult struct {
	Engine    string `json:"engine"`
	Reference string `json:"reference"`
	Sent      int64  `json:"sent"`
	Total     int64  `json:"total"`
}

func (e Engine) command(ctx context.Context, args ...string) *exec.Cmd {
	words := e.Command
	if len(words) == 0 {
		words = []string{e.Name}
	}
	cmd := exec.CommandContext(ctx, words[0], append(words[1:len(words):len(words)], args...)...)
	if len(e.Environment) > 0 {
		cmd.Env = append(os.Environ(), e.Environment...)
	}
	return cmd
}

// run runs the engine's command and returns what it prints.
func (e Engine) run(ctx context.Context, args ...string) (string, error) {
	cmd := e.command(ctx, args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return "", e.failed(args[0], err, complaints.String())
	}
	return string(out), nil
}

func (e Engine) failed(what string, err error, complaints string) error {
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is not installed", e.Name)
	}
	if lines := strings.Split(strings.TrimSpace(complaints), "\n"); lines[0] != "" {
		return fmt.Errorf("%s %s: %s", e.Name, what, lines[len(lines)-1])
	}
	return fmt.Errorf("%s %s: %w", e.Name, what, err)
}

// Load gives an image to an engine. If the engine has the image, it gets only
// its name; else Docker gets an archive without the layers that it has, and
// Podman fetches what it lacks from a registry that serves this one image.
func Load(ctx context.Context, b *Built, e Engine, progress func(done, total int64)) (*LoadResult, error) {
	result := &LoadResult{Engine: e.Name, Reference: b.Tag, Total: b.Size()}
	if _, err := e.run(ctx, "image", "inspect", "--format", "{{.Id}}", b.ID.String()); err == nil {
		_, err := e.run(ctx, "tag", b.ID.String(), b.Tag)
		return result, err
	} else if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if e.Name == "podman" {
		return result, e.pullFrom(ctx, b, result, progress)
	}
	below, err := e.common(ctx, b)
	if err != nil {
		return nil, err
	}
	if below > 0 {
		if sent, err := e.loadArchive(ctx, b, below, progress); err == nil {
			result.Sent = sent
			return result, nil
		} else if ctx.Err() != nil {
			return nil, err
		}
		// This engine does not take archives with gaps; it gets a whole one.
	}
	result.Sent, err = e.loadArchive(ctx, b, 0, progress)
	return result, err
}

// common returns how many of the lowest layers of an image the engine has: a
// layer that it has over other ones is of no use, because engines know layers
// by everything below them.
func (e Engine) common(ctx context.Context, b *Built) (int, error) {
	text, err := e.run(ctx, "image", "ls", "--quiet", "--no-trunc")
	if err != nil {
		return 0, err
	}
	ids := strings.Fields(text)
	if len(ids) == 0 {
		return 0, nil
	}
	text, err = e.run(ctx, append([]string{"image", "inspect", "--format", "{{json .RootFS.Layers}}"}, ids...)...)
	if err != nil {
		return 0, nil // one was removed meanwhile; then everything is sent
	}
	most := 0
	for line := range strings.Lines(text) {
		var layers []v1.Hash
		if json.Unmarshal([]byte(line), &layers) != nil {
			continue
		}
		n := 0
		for n < min(len(layers), len(b.Layers)) && layers[n] == b.Layers[n].DiffID {
			n++
		}
		most = max(most, n)
	}
	return most, nil
}

// LoadOther gives an image that berth did not make to an engine, whole.
func LoadOther(ctx context.Context, image v1.Image, name string, e Engine) (*LoadResult, error) {
	var sent int64
	err := e.feed(ctx, func(to *os.File) error {
		counted := &counter{to: to}
		err := WriteArchive(counted, image, name)
		sent = counted.n
		return err
	})
	return &LoadResult{Engine: e.Name, Reference: name, Sent: sent, Total: sent}, err
}

// loadArchive streams an archive into "docker load" and returns its size.
func (e Engine) loadArchive(ctx context.Context, b *Built, without int, progress func(done, total int64)) (int64, error) {
	err := e.feed(ctx, func(to *os.File) error {
		return b.WriteArchive(ctx, Sink(to), without, progress)
	})
	if err != nil {
		return 0, err
	}
	var sent int64
	for _, l := range b.Layers[without:] {
		sent += l.Size
	}
	return sent, nil
}

// feed runs "load" with what a function writes as its input.
func (e Engine) feed(ctx context.Context, write func(*os.File) error) error {
	cmd := e.command(ctx, "load", "--quiet")
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	defer writer.Close()
	var complaints bytes.Buffer
	cmd.Stdin, cmd.Stderr = reader, &complaints
	if err := cmd.Start(); err != nil {
		return e.failed("load", err, "")
	}
	reader.Close()
	writeErr := write(writer)
	writer.Close()
	if err := cmd.Wait(); err != nil {
		return e.failed("load", err, complaints.String())
	}
	return writeErr
}
