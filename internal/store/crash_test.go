package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// The test program runs itself as another process that uses a store.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "__work":
			workForever(os.Args[2])
		case "__read":
			os.Exit(readAsStranger(os.Args[2]))
		}
	}
	os.Exit(m.Run())
}

// workForever adds to a store and collects garbage in it until it is killed.
func workForever(dir string) {
	s, err := Open(Config{Dir: dir, NoSync: true})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("ready")
	for i := 0; ; i++ {
		if err := workOnce(s, i); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func workOnce(s *Store, i int) error {
	ctx := context.Background()
	name := fmt.Sprintf("%d-%d", os.Getpid(), i)
	a, err := s.AddText(ctx, "a", name, nil)
	if err != nil {
		return err
	}
	tree := nar.FS(fstest.MapFS{"x/y": {Data: []byte(name), Mode: 0o755}, "z": {Data: make([]byte, 1<<16)}}, ".")
	if _, err := s.AddTree(ctx, "tree", storepath.NARMethod, tree, nil); err != nil {
		return err
	}
	if _, err := s.AddText(ctx, "b", name, []storepath.Path{a}); err != nil {
		return err
	}
	if i%8 == 7 {
		if err := s.temp.close(); err != nil { // let go of everything made so far
			return err
		}
		_, err = s.Collect(ctx, Collection{})
	}
	return err
}

// However a process dies, the store stays intact and the next one can go on.
func TestKilledWriters(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	keep := addText(t, s, "keep", "keep")
	if err := s.AddRoot("test/keep", keep); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		writers := []*exec.Cmd{startWorker(t, dir), startWorker(t, dir)}
		time.Sleep(time.Duration(7*i) * time.Millisecond)
		for _, writer := range writers {
			writer.Process.Signal(syscall.SIGKILL)
			writer.Wait()
			if message := writer.Stderr.(*strings.Builder).String(); message != "" {
				t.Fatalf("round %d: %s", i, message)
			}
		}
	}
	checkIntact(t, s)
	next := openDir(t, dir)
	if entries, err := os.ReadDir(next.varDir("incoming")); err != nil || len(entries) != 0 {
		t.Errorf("left in the incoming folder: %v, %v", entries, err)
	}
	if _, err := next.Collect(t.Context(), Collection{}); err != nil {
		t.Fatal(err)
	}
	if !isValid(t, next, keep) {
		t.Error("what a root keeps was collected")
	}
	if all, _ := next.All(t.Context()); len(all) != 1 {
		t.Errorf("still valid: %v", all)
	}
	entries, err := os.ReadDir(next.ObjectDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != keep.Base() && name != ".links" { // which Nix makes
			t.Errorf("still on the disk: %s", name)
		}
	}
	checkIntact(t, next)
}

func startWorker(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	worker := exec.Command("/proc/self/exe", "__work", dir)
	worker.Stderr = &strings.Builder{}
	out, err := worker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 8)) // it says when it is ready
	return worker
}

// readAsStranger lists a store that belongs to somebody else.
func readAsStranger(dir string) int {
	s, err := Open(Config{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer s.Close()
	all, err := s.All(context.Background())
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for _, p := range all {
		fmt.Println(p, s.ReadOnly())
	}
	return 0
}

func TestStrangersCanRead(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become another user")
	}
	dir := t.TempDir()
	for at := dir; at != "/"; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && info.Mode()&1 == 0 {
			os.Chmod(at, info.Mode()|0o711)
		}
	}
	s := openDir(t, dir)
	p := addText(t, s, "a", "a")
	for _, state := range []string{"while a writer has it open", "when nobody has it open"} {
		reader := exec.Command("/proc/self/exe", "__read", dir)
		reader.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := reader.CombinedOutput()
		if want := p.String() + " true\n"; err != nil || string(out) != want {
			t.Errorf("%s: %v, %q; want %q", state, err, out, want)
		}
		s.Close()
	}
}

func TestCollect(t *testing.T) {
	s := openTemp(t)
	a := addText(t, s, "a", "a")
	b := addText(t, s, "b", "b", a)
	c := addText(t, s, "c", "c")
	link := filepath.Join(t.TempDir(), "result")
	if err := s.AddResultLink(link, c); err != nil {
		t.Fatal(err)
	}
	if err := s.AddRoot("x", b); err != nil {
		t.Fatal(err)
	}
	if err := s.temp.close(); err != nil {
		t.Fatal(err)
	}
	dead := addText(t, s, "dead", "dead")
	collect := func(dryRun bool) []storepath.Path {
		t.Helper()
		got, err := s.Collect(t.Context(), Collection{DryRun: dryRun})
		if err != nil {
			t.Fatal(err)
		}
		return got.Paths
	}
	if got := collect(false); len(got) != 0 {
		t.Errorf("collected %v, which this process uses", got)
	}
	if err := s.temp.close(); err != nil {
		t.Fatal(err)
	}
	if got := collect(true); len(got) != 1 || got[0] != dead || !isValid(t, s, dead) {
		t.Errorf("would collect %v", got)
	}
	if got := collect(false); len(got) != 1 || got[0] != dead || isValid(t, s, dead) {
		t.Errorf("collected %v", got)
	}
	if err := errors.Join(s.RemoveRoot("x"), os.Remove(link)); err != nil {
		t.Fatal(err)
	}
	if got := collect(false); len(got) != 3 {
		t.Errorf("collected %v", got)
	}
	if roots, err := s.Roots(); err != nil || len(roots) != 0 {
		t.Errorf("roots left: %v, %v", roots, err)
	}
	checkIntact(t, s)
}

func TestRootNamesStayInTheirFolder(t *testing.T) {
	s := openTemp(t)
	p := addText(t, s, "a", "a")
	if err := s.AddRoot("../../x", p); err == nil {
		t.Error("a root outside of the folder of roots was made")
	}
	file := filepath.Join(t.TempDir(), "result")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.AddResultLink(file, p); err == nil {
		t.Error("a file was replaced by a result link")
	}
}
