package testdriver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"berth.dev/internal/isolate"
)

// Sandbox is an interpreter in namespaces of its own: it sees the files it
// needs and the output directory, and reaches no network.
type Sandbox struct {
	// Layers are the directories that the root consists of, topmost first.
	Layers []string
	// Mounts are further mounts, such as the store at /nix/store.
	Mounts []isolate.Mount
	// Program is the interpreter's path inside.
	Program string
	// Scratch is an empty directory for the sandbox's own files, not on an
	// overlay. The caller removes it.
	Scratch string
}

// Start runs the interpreter.
func (s *Sandbox) Start(ctx context.Context, spec Process) (Running, error) {
	root, err := s.root()
	if err != nil {
		return nil, err
	}
	run := &sandboxed{}
	files, err := run.streams(spec)
	if err != nil {
		return nil, err
	}
	mounts := append(isolate.StandardMounts(isolate.BasicDevices(), false), s.Mounts...)
	if spec.Directory != "" {
		mounts = append(mounts, isolate.Mount{Destination: spec.Directory, Type: "bind", Source: spec.Directory})
	}
	run.process, err = isolate.Start(ctx, isolate.Spec{
		Args: append([]string{s.Program}, spec.Arguments...),
		Env:  append([]string{"PATH=/usr/bin:/bin"}, spec.Environment...), Directory: spec.Directory,
		Namespaces: sandboxNamespaces(), Root: root, Mounts: mounts,
		ReadOnlyPaths: isolate.MachineReadOnlyPaths(),
		Hostname:      "driver", Loopback: true, Init: true,
		Capabilities: &isolate.Capabilities{}, NoNewPrivileges: true, Seccomp: isolate.DefaultSeccomp(),
		NewSession: !spec.Terminal,
		Stdin:      files[0], Stdout: files[1], Stderr: files[2], Files: []*os.File{spec.Socket},
	})
	run.started()
	if err != nil {
		run.copies.Wait()
		return nil, err
	}
	return run, nil
}

func sandboxNamespaces() []isolate.Namespace {
	return []isolate.Namespace{
		{Kind: isolate.MountNamespace}, {Kind: isolate.PIDNamespace}, {Kind: isolate.NetworkNamespace},
		{Kind: isolate.IPCNamespace}, {Kind: isolate.UTSNamespace},
	}
}

// root is an overlay whose changes go to the scratch directory.
func (s *Sandbox) root() (*isolate.Root, error) {
	for _, name := range []string{"root", "upper", "work"} {
		if err := os.MkdirAll(filepath.Join(s.Scratch, name), 0o755); err != nil {
			return nil, fmt.Errorf("make root for the test script: %w", err)
		}
	}
	return &isolate.Root{Path: filepath.Join(s.Scratch, "root"), Overlay: &isolate.Overlay{
		Lowers: s.Layers, Upper: filepath.Join(s.Scratch, "upper"), Work: filepath.Join(s.Scratch, "work"), Volatile: true,
	}}, nil
}

// sandboxed is a running interpreter.
type sandboxed struct {
	process *isolate.Process
	// theirs are ends of pipes that only the process needs.
	theirs []*os.File
	copies sync.WaitGroup
}

// streams turns the three streams into files; nil stays nil.
func (r *sandboxed) streams(spec Process) ([3]*os.File, error) {
	var files [3]*os.File
	if file, ok := spec.Stdin.(*os.File); ok {
		files[0] = file
	}
	for i, w := range []io.Writer{spec.Stdout, spec.Stderr} {
		file, err := r.output(w)
		if err != nil {
			r.started()
			return files, err
		}
		files[i+1] = file
	}
	return files, nil
}

func (r *sandboxed) output(w io.Writer) (*os.File, error) {
	switch w := w.(type) {
	case nil:
		return nil, nil
	case *os.File:
		return w, nil
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make pipe for the test script: %w", err)
	}
	r.theirs = append(r.theirs, writer)
	r.copies.Go(func() {
		defer reader.Close()
		_, _ = io.Copy(w, reader)
	})
	return writer, nil
}

// started closes what the process has its own copies of.
func (r *sandboxed) started() {
	for _, file := range r.theirs {
		file.Close()
	}
	r.theirs = nil
}

// Wait returns when the process and its output have ended.
func (r *sandboxed) Wait() error {
	state, err := r.process.Wait()
	r.copies.Wait()
	if err == nil && !state.Success() {
		err = errors.New(state.String())
	}
	return err
}
