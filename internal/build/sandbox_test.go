package build

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"berth.dev/internal/isolate"
	"berth.dev/internal/store"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
	"berth.dev/test/oracle"
)

// The builder of these tests is the test program itself: it is a static
// program, and every machine that runs the tests has it.
func TestMain(m *testing.M) {
	builder := map[string]func([]string) int{"__test-builder": runTestBuilder}
	if status, ok := isolate.Dispatch(os.Args, isolate.Stages(), Stages(), builder); ok {
		os.Exit(status)
	}
	if err := becomeStatic(); err != nil {
		fmt.Fprintln(os.Stderr, "the tests have to run as a static program, like the one they test:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// becomeStatic runs a static copy of this test program in its place if it needs
// libraries: those are not in a sandbox. With CGO_ENABLED=0 it is static already.
func becomeStatic() error {
	program, err := elf.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer program.Close()
	if !slices.ContainsFunc(program.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return nil
	}
	dir, err := os.MkdirTemp("", "static-test-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	static := filepath.Join(dir, "test")
	build := exec.Command("go", "test", "-c", "-o", static, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	test := exec.Command(static, os.Args[1:]...)
	test.Stdin, test.Stdout, test.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := test.Run(); test.ProcessState == nil {
		return err
	}
	os.RemoveAll(dir)
	os.Exit(test.ProcessState.ExitCode())
	return nil
}

// runTestBuilder carries out orders such as "write $out hello".
func runTestBuilder(orders []string) int {
	for _, order := range orders {
		words := strings.SplitN(os.ExpandEnv(order), " ", 3)
		if status, err := obey(words); err != nil || status != 0 {
			if err != nil {
				fmt.Println(err)
				status = 1
			}
			return status
		}
	}
	return 0
}

func obey(words []string) (status int, err error) {
	switch words[0] {
	case "echo":
		fmt.Println(strings.Join(words[1:], " "))
	case "write":
		err = os.WriteFile(words[1], []byte(words[2]), 0o755)
	case "append":
		var text []byte
		if text, err = os.ReadFile(words[2]); err == nil {
			err = appendTo(words[1], string(text))
		}
	case "mkdir":
		err = os.MkdirAll(words[1], 0o777)
	case "env":
		err = os.WriteFile(words[1], []byte(strings.Join(sorted(os.Environ()), "\n")), 0o644)
	case "list":
		var names []string
		entries, listErr := os.ReadDir(words[2])
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		err = errors.Join(listErr, appendTo(words[1], strings.Join(names, " ")+"\n"))
	case "id":
		err = appendTo(words[1], fmt.Sprintln(os.Getuid(), os.Getgid()))
	case "exit":
		fmt.Sscan(words[1], &status)
	case "kill":
		err = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "sleep":
		d, _ := time.ParseDuration(words[1])
		time.Sleep(d)
	case "setuid":
		err = os.Chmod(words[1], 0o4777)
	case "linger":
		_, err = os.StartProcess("/proc/self/exe", []string{"x", "__test-builder", "sleep 1h"}, &os.ProcAttr{Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}})
	case "interfaces":
		all, _ := net.Interfaces()
		for _, i := range all {
			err = errors.Join(err, appendTo(words[1], i.Name+"\n"))
		}
	default:
		err = fmt.Errorf("unknown order %q", words)
	}
	return status, err
}

func appendTo(name, text string) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// sandboxBench is a bench with the test program in the store.
type sandboxBench struct {
	*bench
	program storepath.Path
}

func newSandboxBench(t *testing.T) *sandboxBench {
	t.Helper()
	requireNamespaces(t)
	b := &sandboxBench{bench: newBench(t)}
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	b.program = b.addTree("builder", fstest.MapFS{"run": {Data: text, Mode: 0o755}})
	return b
}

// requireNamespaces skips where the kernel does not let this user isolate anything.
func requireNamespaces(t *testing.T) {
	t.Helper()
	attributes := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
	}
	command := exec.Command("/proc/self/exe", "__test-builder", "exit 0")
	command.SysProcAttr = attributes
	if err := command.Run(); err != nil {
		t.Skipf("namespaces cannot be made here: %v", err)
	}
}

func (b *sandboxBench) orders(name string, orders ...string) drv {
	return drv{name: name, builder: b.program.String() + "/run", args: append([]string{"__test-builder"}, orders...), sources: []storepath.Path{b.program}}
}

func TestSandboxEnvironment(t *testing.T) {
	b := newSandboxBench(t)
	in := b.orders("x", "env $out")
	in.env = map[string]string{"big": "large text", "passAsFile": "big", "HOME": "/mine", "here": storepath.Placeholder("out")}
	d := b.add(in)
	b.config.Cores = 3
	b.mustRealise(d)
	want := []string{
		"HOME=/mine", "NIX_BUILD_CORES=3", "NIX_BUILD_TOP=/build", "NIX_LOG_FD=2", "NIX_STORE=/nix/store", "PATH=/path-not-set", "PWD=/build",
		"TEMP=/build", "TEMPDIR=/build", "TERM=xterm-256color", "TMP=/build", "TMPDIR=/build",
		"bigPath=/build/.attr-1lak0mvllw8rv9i9ygkglvhqsq19qi9ynl4bi7gbf69ab5nzw89a", "builder=" + b.program.String() + "/run",
		"here=" + d.out(), "name=x", "out=" + d.out(), "passAsFile=big", "system=" + HostSystem(),
	}
	if got := b.read(d.out()); got != strings.Join(want, "\n") {
		t.Errorf("environment\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestSandboxShowsOnlyTheClosure(t *testing.T) {
	b := newSandboxBench(t)
	seen := b.addTree("seen", fstest.MapFS{"f": {Data: []byte("x")}})
	b.addTree("unseen", fstest.MapFS{"f": {Data: []byte("x")}})
	in := b.orders("x", "list $out /", "list $out /nix/store", "list $out /dev", "list $out /build", "id $out", "interfaces $out", "append $out /etc/passwd")
	in.sources = append(in.sources, seen)
	d := b.add(in)
	b.mustRealise(d)
	lines := strings.Split(b.read(d.out()), "\n")
	if lines[0] != "build dev etc nix proc tmp" {
		t.Errorf("root holds %s", lines[0])
	}
	store := strings.Fields(lines[1])
	if len(store) != 3 || !slices.Contains(store, seen.Base()) || !slices.Contains(store, b.program.Base()) {
		t.Errorf("store holds %v", store) // and the output
	}
	for _, device := range []string{"fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty", "urandom", "zero"} {
		if !slices.Contains(strings.Fields(lines[2]), device) {
			t.Errorf("/dev lacks %s: %s", device, lines[2])
		}
	}
	if lines[3] != "" {
		t.Errorf("the build directory holds %s", lines[3])
	}
	if lines[4] != "1000 100" {
		t.Errorf("user and group are %s", lines[4])
	}
	if lines[5] != "lo" || !strings.HasPrefix(lines[6], "root:x:0") {
		t.Errorf("interfaces and users: %v", lines[5:])
	}
}

func TestSandboxOutputs(t *testing.T) {
	b := newSandboxBench(t)
	in := b.orders("x", "mkdir $out/bin", "write $out/bin/x see $dev", "setuid $out/bin/x", "write $dev plain")
	in.outputs = []string{"out", "dev"}
	d := b.add(in)
	b.mustRealise(d)
	out, dev := d.outputPath("out"), d.outputPath("dev")
	if got := b.references(out.String()); !slices.Equal(got, []string{dev.String()}) {
		t.Errorf("references %v", got)
	}
	info, err := os.Stat(b.store.PhysicalPath(out) + "/bin/x")
	if err != nil || info.Mode() != 0o555 || info.ModTime().Unix() != 1 {
		t.Errorf("metadata %v, %v", info, err)
	}
	if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != os.Geteuid() {
		t.Errorf("owned by user %d", stat.Uid)
	}
	known, err := b.store.Query(t.Context(), out)
	if err != nil || known.Deriver != d.path || !known.Ultimate {
		t.Errorf("known: %+v, %v", known, err)
	}
	b.verify()
}

func (b *bench) verify() {
	b.Helper()
	if damaged, err := b.store.Verify(b.Context(), true); err != nil || len(damaged) > 0 {
		b.Errorf("store is damaged: %v, %v", damaged, err)
	}
	if entries, _ := os.ReadDir(filepath.Join(b.store.Dir(), "nix/var/nix/incoming")); len(entries) > 0 {
		b.Errorf("left behind: %v", entries)
	}
}

func TestSandboxCycle(t *testing.T) {
	b := newSandboxBench(t)
	in := b.orders("x", "write $out $dev", "write $dev $out")
	in.outputs = []string{"out", "dev"}
	if err := b.realise(b.add(in)); err == nil || !strings.Contains(err.Error(), "cycle detected in build of") {
		t.Errorf("got %v", err)
	}
}

func TestSandboxFailures(t *testing.T) {
	b := newSandboxBench(t)
	for _, c := range []struct {
		name   string
		orders []string
		err    string
	}{
		{"exit", []string{"echo one", "echo two", "exit 3"}, "Reason: builder failed with exit code 3.\nOutput paths:\n  /nix/store/"},
		{"log", []string{"echo one", "echo two", "exit 3"}, "Last 2 log lines:\n> one\n> two"},
		{"signal", []string{"kill"}, "builder failed due to signal 9 (killed)"},
		{"no-output", []string{"echo x"}, "failed to produce output path for output 'out' at '/nix/store/"},
		{"read-only", []string{"write " + b.program.String() + "/run x"}, "exit code 1"},
		{"host", []string{"list $out /root"}, "no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := b.realise(b.add(b.orders(c.name, c.orders...))); err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("got %v, want ...%s...", err, c.err)
			}
		})
	}
	b.verify()
}

func TestSandboxMissingBuilder(t *testing.T) {
	b := newSandboxBench(t)
	err := b.realise(b.add(drv{name: "x", builder: "/bin/sh"}))
	var failed *FailedError
	if !errors.As(err, &failed) || !slices.Equal(failed.LogTail, []string{"error: executing '/bin/sh': no such file or directory"}) {
		t.Errorf("got %v", err)
	}
}

func TestSandboxTimeouts(t *testing.T) {
	b := newSandboxBench(t)
	b.config.Timeout = 300 * time.Millisecond
	err := b.realise(b.add(b.orders("slow", "sleep 1h")))
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || timeout.Limit != "0.3 seconds" {
		t.Errorf("got %v", err)
	}
	b.config.Timeout, b.config.SilentTimeout = 0, 400*time.Millisecond
	if err := b.realise(b.add(b.orders("quiet", "echo x", "sleep 1h"))); !errors.As(err, &timeout) || timeout.Limit != "0.4 seconds of silence" {
		t.Errorf("got %v", err)
	}
	chatty := b.orders("chatty", "echo 1", "sleep 200ms", "echo 2", "sleep 200ms", "echo 3", "sleep 200ms", "write $out x")
	if err := b.realise(b.add(chatty)); err != nil {
		t.Errorf("a builder that keeps printing: %v", err)
	}
}

func TestSandboxKillsWhatLingers(t *testing.T) {
	b := newSandboxBench(t)
	d := b.add(b.orders("x", "linger", "linger", "write $out x"))
	done := make(chan error, 1)
	go func() { done <- b.realise(d) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the build waits for a process that was left in the background")
	}
}

func TestSandboxLog(t *testing.T) {
	b := newSandboxBench(t)
	d := b.add(b.orders("x", "echo hello world", "write $out x"))
	b.mustRealise(d)
	if text, err := ReadLog(b.store, d.path); err != nil || text != "hello world\n" || !slices.Equal(b.events.lines, []string{"hello world"}) {
		t.Errorf("log %q, %v; lines %q", text, err, b.events.lines)
	}
}

func TestSandboxFixedOutput(t *testing.T) {
	b := newSandboxBench(t)
	in := b.orders("x", "mkdir $out", "write $out/f hello")
	in.fixed = storepath.Address{Method: storepath.NARMethod, Hash: hash.SumString(hash.SHA256, "other")}
	var mismatch *MismatchError
	if err := b.realise(b.add(in)); !errors.As(err, &mismatch) {
		t.Fatalf("got %v", err)
	}
	in.fixed.Hash = mismatch.Got
	b.mustRealise(b.add(in))
	in.name, in.fixed.Method = "flat", storepath.FlatMethod
	if err := b.realise(b.add(in)); err == nil || !strings.Contains(err.Error(), "should be a non-executable regular file") {
		t.Errorf("got %v", err)
	}
}

func TestSandboxKeepFailed(t *testing.T) {
	b := newSandboxBench(t)
	b.config.KeepFailed = true
	var failed *FailedError
	if err := b.realise(b.add(b.orders("x", "write /build/f hello", "exit 1"))); !errors.As(err, &failed) {
		t.Fatalf("got %v", err)
	}
	if text, err := os.ReadFile(failed.Kept + "/build/f"); err != nil || string(text) != "hello" {
		t.Errorf("kept %q, %v", text, err)
	}
}

func TestSandboxStructuredAttributes(t *testing.T) {
	b := newSandboxBench(t)
	in := b.orders("x", "env $out", "append $out /build/.attrs.sh", "append $out /build/.attrs.json")
	in.args[1] = "env /build/e" // $out is not in the environment
	in.args[2], in.args[3] = "append "+storepath.Placeholder("out")+" /build/.attrs.sh", "append "+storepath.Placeholder("out")+" /build/.attrs.json"
	in.env = map[string]string{"__json": `{"a":"it's","b":[1,"x"],"c":{"k":true},"d":1.5,"e":null,"f":[[1]],"o":"` + storepath.Placeholder("out") + `"}`}
	d := b.add(in)
	b.mustRealise(d)
	want := "declare a='it'\\''s'\ndeclare -a b=(1 'x' )\ndeclare -A c=(['k']=1 )\ndeclare e=''\ndeclare o='" + d.out() + "'\ndeclare -A outputs=(['out']='" + d.out() + "' )\n" +
		`{"a":"it's","b":[1,"x"],"c":{"k":true},"d":1.5,"e":null,"f":[[1]],"o":"` + d.out() + `","outputs":{"out":"` + d.out() + `"}}`
	if got := b.read(d.out()); got != want {
		t.Errorf("attributes\n%s\nwant\n%s", got, want)
	}
}

func TestSandboxReferencesGraph(t *testing.T) {
	b := newSandboxBench(t)
	a := b.add(text("a", "a"))
	c := b.add(text("c", a.out(), a))
	in := b.orders("x", "append $out /build/graph")
	in.inputs = []drvRef{c}
	in.env = map[string]string{"exportReferencesGraph": "graph " + c.out()}
	d := b.add(in)
	b.mustRealise(d)
	entries := sorted([]string{a.out() + "\n\n0\n", c.out() + "\n\n1\n" + a.out() + "\n"})
	if got := b.read(d.out()); got != strings.Join(entries, "") {
		t.Errorf("graph\n%s\nwant\n%s", got, strings.Join(entries, ""))
	}
}

func TestSandboxRootOfParts(t *testing.T) {
	b := newSandboxBench(t)
	part := func(name string, files fstest.MapFS) storepath.Path {
		files["part.json"] = &fstest.MapFile{Data: []byte("{}")}
		return b.addTree(name, files)
	}
	one := part("one", fstest.MapFS{"root/usr/bin/one": {Data: []byte("1")}, "root/etc/one": {Data: []byte("1")}})
	two := part("two", fstest.MapFS{"root/usr/bin/two": {Data: []byte("2")}})
	in := b.orders("x", "list $out /bin", "list $out /etc", "list $out /")
	in.sources = append(in.sources, one, two)
	d := b.add(in)
	b.mustRealise(d)
	want := "one two\ngroup hosts one passwd\nbin build dev etc lib lib64 nix proc sbin tmp usr\n"
	if got := b.read(d.out()); got != want {
		t.Errorf("saw\n%swant\n%s", got, want)
	}
}

func TestSandboxFeatures(t *testing.T) {
	b := newSandboxBench(t)
	in := b.orders("x", "write $out x")
	in.env = map[string]string{"requiredSystemFeatures": "warp-drive"}
	if err := b.realise(b.add(in)); err == nil || !strings.Contains(err.Error(), "required system or feature not available\nRequired system: '"+HostSystem()+"' with features {warp-drive}") {
		t.Errorf("got %v", err)
	}
}

// What C++ Nix builds from the same derivations has the same digests.
func TestSandboxBuildsWhatNixBuilds(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: C++ Nix builds in its sandbox only then")
	}
	nix := oracle.Open(t)
	ours, theirs := newSandboxBench(t), newSandboxBench(t)
	var built []drvRef
	for _, b := range []*sandboxBench{ours, theirs} {
		dep := b.add(b.orders("dep", "mkdir $out/bin", "write $out/bin/x echo", "list $out/root /nix", "id $out/id"))
		in := b.orders("top", "mkdir $out/a", "write $out/a/b $dep", "append $dev /proc/sys/kernel/hostname", "append $dev /etc/passwd", "append $dev /etc/group", "append $dev /etc/hosts", "list $dev /build", "append $dev $bigPath")
		in.outputs, in.inputs = []string{"out", "dev"}, []drvRef{dep}
		in.env = map[string]string{"dep": dep.out(), "big": "b", "passAsFile": "big"}
		built = append(built, b.add(in))
	}
	ours.config.Cores = 1
	ours.mustRealise(built[0])
	out, err := nix.CommandOn(theirs.store.Dir(), "nix-store", "--realise", built[1].path.String(), "--cores", "1", "--option", "sandbox", "true",
		"--option", "substitute", "false", "--option", "build-hook", "", "--option", "sandbox-paths", "").CombinedOutput()
	if err != nil {
		t.Fatalf("nix-store: %v\n%s", err, out)
	}
	for _, p := range []storepath.Path{built[0].outputPath("out"), built[0].outputPath("dev"), built[0].Inputs[0].Path} {
		var infos [2]*store.Info
		for i, b := range []*sandboxBench{ours, theirs} {
			if infos[i], err = b.store.Query(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		if infos[0].NARHash != infos[1].NARHash || !slices.Equal(infos[0].References, infos[1].References) {
			t.Errorf("%s: built here %v, by Nix %v\n%s\n---\n%s", p, infos[0], infos[1], ours.read(p.String()), theirs.read(p.String()))
		}
	}
}

// Everything above also has to work for a user without privileges.
func TestSandboxUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("already running without privileges")
	}
	dir := t.TempDir()
	for at := dir; at != "/"; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && info.Mode()&1 == 0 {
			os.Chmod(at, info.Mode()|0o711)
		}
	}
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	self := filepath.Join(dir, "test")
	text, err := os.ReadFile("/proc/self/exe")
	if err == nil {
		err = os.WriteFile(self, text, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self, "-test.run", "TestSandbox", "-test.v", "-test.timeout", "2m")
	command.Dir = dir
	command.Env = []string{"TMPDIR=" + dir, "PATH=/nonexistent"}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("namespaces cannot be made here")) {
		t.Skip("the kernel does not let unprivileged users make namespaces")
	}
}
