package root

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"berth.dev/internal/isolate"
)

// A sandbox runs commands in a root that is not running: namespaces of its
// own, no network, and a writable top that stays behind.
type sandbox struct {
	config *Config
	lowers []string // topmost first
	upper  string   // takes what commands write
}

// standardPath is where Debian's programs are.
const standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// run runs one command and returns what it printed when it fails.
func (s *sandbox) run(ctx context.Context, command []string, environment map[string]string, user *isolate.User) error {
	work, err := os.MkdirTemp(s.config.CacheDir, ".work-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, name := range []string{"mount", "work"} {
		if err := os.Mkdir(filepath.Join(work, name), 0o755); err != nil {
			return err
		}
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	output := make(chan []byte)
	go func() { output <- lastOutput(reader) }()
	process, err := isolate.Start(ctx, s.spec(work, command, environment, user, writer))
	writer.Close()
	if err != nil {
		<-output
		return err
	}
	state, err := process.Wait()
	text := bytes.TrimSpace(<-output)
	if err == nil && !state.Success() {
		err = fmt.Errorf("run %s: %s\n%s", strings.Join(command, " "), state, text)
	}
	return err
}

func (s *sandbox) spec(work string, command []string, environment map[string]string, user *isolate.User, output *os.File) isolate.Spec {
	variables := []string{"PATH=" + standardPath, "LANG=C.UTF-8", "HOME=/root"}
	for name, value := range environment {
		variables = append(variables, name+"="+value)
	}
	mounts := isolate.StandardMounts(isolate.BasicDevices(), s.config.LeaveOwners)
	if s.config.StoreDir != "" {
		mounts = append(mounts, isolate.Mount{Destination: "/nix/store", Type: "bind", Source: s.config.StoreDir, Options: []string{"ro"}})
	}
	spec := isolate.Spec{
		Args: command, Env: variables, Directory: "/",
		Root: &isolate.Root{Path: filepath.Join(work, "mount"), Overlay: &isolate.Overlay{
			Lowers: s.lowers, Upper: s.upper, Work: filepath.Join(work, "work"), Volatile: true,
		}},
		Mounts: mounts, Hostname: "localhost", Loopback: true, Init: true, User: user,
		Stdout: output, Stderr: output, Executable: s.config.Executable,
	}
	for _, kind := range []string{isolate.MountNamespace, isolate.PIDNamespace, isolate.NetworkNamespace, isolate.IPCNamespace, isolate.UTSNamespace} {
		spec.Namespaces = append(spec.Namespaces, isolate.Namespace{Kind: kind})
	}
	return spec
}

// lastOutput keeps the end of what a command prints.
func lastOutput(r io.Reader) []byte {
	const keep = 8 << 10
	var text []byte
	buffer := make([]byte, 4<<10)
	for {
		n, err := r.Read(buffer)
		text = append(text, buffer[:n]...)
		if len(text) > keep {
			text = append(text[:0], text[len(text)-keep:]...)
		}
		if err != nil {
			return text
		}
	}
}

// packageCommands runs what only the packages' own programs can make: the
// loader's cache and what recipes say.
func (a *assembly) packageCommands(ctx context.Context, t *tree, v *view, recipes []recipe) error {
	var commands [][]string
	if v.exists("usr/sbin/ldconfig") {
		commands = append(commands, []string{"/usr/sbin/ldconfig", "-X"})
	}
	for _, r := range recipes {
		for _, command := range r.Commands {
			if v.exists(command[0]) {
				commands = append(commands, command)
			}
		}
	}
	if len(commands) == 0 {
		return nil
	}
	lowers, err := a.partLowers()
	if err != nil {
		return err
	}
	s := sandbox{config: &a.Config, lowers: lowers, upper: t.root.Name()}
	for _, command := range commands {
		if err := s.run(ctx, command, nil, nil); err != nil {
			return err
		}
	}
	return nil
}
