package engine_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/engine"
	"berth.dev/internal/isolate"
)

// probeName is where images of these tests have this very program, which is
// static and so needs nothing else.
const probeName = "probe"

func TestMain(m *testing.M) {
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages()); ok {
		os.Exit(status)
	}
	if filepath.Base(os.Args[0]) == probeName {
		os.Exit(probe(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// probe is what runs inside.
func probe(args []string) int {
	switch args[0] {
	case "show":
		host, _ := os.Hostname()
		dir, _ := os.Getwd()
		fmt.Printf("%d:%d %s %s %s\n", os.Getuid(), os.Getgid(), host, dir, strings.Join(os.Environ(), " "))
	case "cat":
		text, err := os.ReadFile(args[1])
		if err != nil {
			fmt.Println(err)
			return 1
		}
		os.Stdout.Write(text)
	case "write":
		if err := os.WriteFile(args[1], []byte(args[2]), 0o644); err != nil {
			fmt.Println(err)
			return 1
		}
	case "sleep":
		time.Sleep(time.Minute)
	case "exit":
		return 7
	}
	return 0
}

type file struct {
	name, text string
	mode       int64
	link       string
}

// layerOf makes a layer of files; a name that ends in a slash is a directory.
func layerOf(t *testing.T, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.text)), Typeflag: tar.TypeReg, Linkname: f.link, Uid: 5, Gid: 6}
		switch {
		case strings.HasSuffix(f.name, "/"):
			h.Typeflag = tar.TypeDir
		case f.link != "":
			h.Typeflag = tar.TypeSymlink
		}
		if err := errors.Join(w.WriteHeader(h), write(w, f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(w io.Writer, text string) error { _, err := io.WriteString(w, text); return err }

// archiveOf makes an archive as `docker save` writes it.
func archiveOf(t *testing.T, name string, config map[string]any, layers ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(name string, content []byte) {
		if err := errors.Join(w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}), write(w, string(content))); err != nil {
			t.Fatal(err)
		}
	}
	var diffs, paths []string
	for _, layer := range layers {
		sum := sha256.Sum256(layer)
		digest := hex.EncodeToString(sum[:])
		diffs, paths = append(diffs, "sha256:"+digest), append(paths, digest+"/layer.tar")
		add(digest+"/layer.tar", layer)
	}
	image, _ := json.Marshal(map[string]any{"architecture": "amd64", "os": "linux", "config": config,
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffs}})
	manifest, _ := json.Marshal([]map[string]any{{"Config": "config.json", "RepoTags": []string{name}, "Layers": paths}})
	add("config.json", image)
	add("manifest.json", manifest)
	w.Close()
	return b.Bytes()
}

// probeImage loads an image whose only program is this one.
func probeImage(t *testing.T) *engine.Engine {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: it mounts and makes namespaces")
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	lower := layerOf(t, file{name: "bin/", mode: 0o755}, file{name: "bin/" + probeName, text: string(self), mode: 0o755},
		file{name: "etc/passwd", text: "app:x:33:44::/home:/bin/sh\n", mode: 0o644}, file{name: "gone", text: "x", mode: 0o644})
	upper := layerOf(t, file{name: ".wh.gone"}, file{name: "file", text: "from the image", mode: 0o644})
	e := newEngine(t)
	config := map[string]any{"Entrypoint": []string{probeName}, "Cmd": []string{"show"}, "Env": []string{"PATH=/bin", "A=image"}, "WorkingDir": "/etc"}
	if _, err := e.Load(context.Background(), bytes.NewReader(archiveOf(t, "probe:1", config, lower, upper))); err != nil {
		t.Fatal(err)
	}
	return e
}

func newEngine(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Config{Directory: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// run runs a container and returns its status and output.
func run(t *testing.T, e *engine.Engine, c engine.RunConfig) (int, string) {
	t.Helper()
	output, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout, c.Stderr = output, output
	if c.Image == "" {
		c.Image = "probe:1"
	}
	if c.Name == "" {
		c.Name = "c"
	}
	c.Networks, c.Remove = []string{"none"}, true
	status, err := e.Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(output.Name())
	return status, string(text)
}

func TestRun(t *testing.T) {
	e := probeImage(t)
	source := t.TempDir()
	for name, test := range map[string]struct {
		config engine.RunConfig
		status int
		output string
	}{
		"the image's own": {engine.RunConfig{}, 0, "0:0 c /etc PATH=/bin HOSTNAME=c HOME=/root A=image\n"},
		"replaced": {engine.RunConfig{User: "app", Directory: "/", Hostname: "h", Environment: []string{"A=b c"}}, 0,
			"33:44 h / PATH=/bin HOSTNAME=h HOME=/home A=b c\n"},
		"exit status":    {engine.RunConfig{Command: []string{"exit"}}, 7, ""},
		"upper layer":    {engine.RunConfig{Command: []string{"cat", "/file"}}, 0, "from the image"},
		"whiteout":       {engine.RunConfig{Command: []string{"cat", "/gone"}}, 1, "open /gone: no such file or directory\n"},
		"host's files":   {engine.RunConfig{Command: []string{"cat", source}}, 1, "open " + source + ": no such file or directory\n"},
		"read-only root": {engine.RunConfig{ReadOnly: true, Command: []string{"write", "/x", "y"}}, 1, "open /x: read-only file system\n"},
		"read-only volume": {engine.RunConfig{Volumes: []string{source + ":/v:ro"}, Command: []string{"write", "/v/x", "y"}}, 1,
			"open /v/x: read-only file system\n"},
		"volume": {engine.RunConfig{Volumes: []string{source + ":/v"}, Command: []string{"write", "/v/x", "y"}}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			status, output := run(t, e, test.config)
			if status != test.status || output != test.output {
				t.Errorf("status %d and output %q, want %d and %q", status, output, test.status, test.output)
			}
		})
	}
	if text, _ := os.ReadFile(filepath.Join(source, "x")); string(text) != "y" {
		t.Errorf("the volume has %q, want %q", text, "y")
	}
	if states, err := e.List(); err != nil || len(states) != 0 {
		t.Errorf("containers %v are left, %v", states, err)
	}
}

func TestNamedVolumeIsFilledAndKept(t *testing.T) {
	e := probeImage(t)
	volume := []string{"v:/etc"}
	if _, output := run(t, e, engine.RunConfig{Volumes: volume, Command: []string{"cat", "/etc/passwd"}}); !strings.HasPrefix(output, "app:") {
		t.Errorf("the new volume lacks the image's file: %q", output)
	}
	run(t, e, engine.RunConfig{Volumes: volume, Command: []string{"write", "/etc/passwd", "changed"}})
	if _, output := run(t, e, engine.RunConfig{Volumes: volume, Command: []string{"cat", "/etc/passwd"}}); output != "changed" {
		t.Errorf("the volume has %q, want what was written", output)
	}
}

func TestExecAndKill(t *testing.T) {
	e := probeImage(t)
	ready, ended := make(chan struct{}), make(chan int)
	go func() {
		status, err := e.Run(context.Background(), engine.RunConfig{Name: "long", Image: "probe:1", Command: []string{"sleep"},
			Networks: []string{"none"}, Remove: true, Changed: func(*engine.State) { close(ready) }})
		if err != nil {
			t.Error(err)
		}
		ended <- status
	}()
	<-ready
	if _, err := e.Run(context.Background(), engine.RunConfig{Name: "long", Image: "probe:1", Networks: []string{"none"}}); err == nil {
		t.Error("a second container took the name")
	}
	for want, command := range map[int][]string{7: {"/bin/" + probeName, "exit"}, 0: {probeName, "write", "/from-exec", "x"}} {
		status, err := e.Exec(context.Background(), "long", engine.ExecConfig{Command: command})
		if err != nil || status != want {
			t.Errorf("%q ended with %d, %v; want %d", command, status, err, want)
		}
	}
	if err := e.Signal("long", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := <-ended; status != 137 {
		t.Errorf("exit status %d, want 137", status)
	}
}

func TestLoadRefuses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: layers have owners")
	}
	layer := layerOf(t, file{name: "a", text: "x", mode: 0o644})
	good := archiveOf(t, "x:1", nil, layer)
	changed := bytes.Replace(slices.Clone(good), layer[512:513], []byte("y"), 1)
	escape := archiveOf(t, "x:1", nil, layerOf(t, file{name: "out", link: "/tmp"}, file{name: "out/escaped", text: "x", mode: 0o644}))
	for name, test := range map[string]struct {
		archive []byte
		mention string
	}{
		"cut short":       {good[:len(good)/2], "the archive"},
		"no manifest":     {layerOf(t, file{name: "x", text: "{}", mode: 0o644}), "manifest.json"},
		"another content": {changed, "but the image says"},
		"out of the root": {escape, "escapes"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			_, err := e.Load(context.Background(), bytes.NewReader(test.archive))
			if err == nil || !strings.Contains(err.Error(), test.mention) {
				t.Errorf("got %v, want a message with %q", err, test.mention)
			}
			if _, err := e.Image("x:1"); err == nil {
				t.Error("the image can be used")
			}
		})
	}
}

func TestNames(t *testing.T) {
	e := probeImage(t)
	for _, name := range []string{"probe:1", "docker.io/library/probe:1", "localhost/probe:1"} {
		if _, err := e.Image(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var missing *engine.NotFoundError
	if _, err := e.Image("probe"); !errors.As(err, &missing) {
		t.Errorf("probe, that is probe:latest: %v", err)
	}
	for _, name := range []string{"", "..", "a/b", "-x", "a b"} {
		_, err := e.Run(context.Background(), engine.RunConfig{Name: name, Image: "probe:1"})
		if err == nil || !strings.Contains(err.Error(), "cannot be the name") {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]uint64{"512": 512, "1k": 1 << 10, "64m": 64 << 20, "1.5g": 3 << 29, "2GB": 2 << 30, "2Gib": 2 << 30} {
		if got, err := engine.ParseMemory(text); err != nil || got != want {
			t.Errorf("memory %q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "m", "-1", "1x", "1mm"} {
		if got, err := engine.ParseMemory(text); err == nil {
			t.Errorf("memory %q is %d, want an error", text, got)
		}
	}
	for text, want := range map[string]syscall.Signal{"": syscall.SIGTERM, "INT": syscall.SIGINT, "sigquit": syscall.SIGQUIT, "9": syscall.SIGKILL, "SIGRTMIN+3": 37} {
		if got, err := engine.ParseSignal(text); err != nil || got != want {
			t.Errorf("signal %q is %d, %v; want %d", text, got, err, want)
		}
	}
}
