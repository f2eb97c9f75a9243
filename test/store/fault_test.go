package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth.dev/internal/binarycache"
	"berth.dev/internal/build"
	"berth.dev/internal/store"
	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// A worker is another process that uses a store until it is killed.

// workerStage begins the arguments of a worker: state directory, cache folder,
// address of a server, and a number that its random choices follow from.
const workerStage = "__store-worker"

func stages() map[string]func([]string) int {
	return map[string]func([]string) int{workerStage: work}
}

type worker struct {
	store    *store.Store
	realiser *build.Realiser
	cache    string
	server   string
	random   *rand.Rand
}

func work(args []string) int {
	seed, err := strconv.ParseUint(args[3], 10, 64)
	if err == nil {
		var w *worker
		if w, err = openWorker(args[0], args[1], args[2], seed); err == nil {
			fmt.Println("ready")
			for err == nil {
				err = w.once(context.Background())
			}
		}
	}
	fmt.Fprintln(os.Stderr, "worker:", err)
	return 1
}

func openWorker(state, cache, server string, seed uint64) (*worker, error) {
	s, err := store.Open(store.Config{Dir: state, NoSync: true})
	if err != nil {
		return nil, err
	}
	return &worker{s, build.New(build.Config{Store: s}), cache, server, rand.New(rand.NewPCG(seed, 1))}, nil
}

// once does one thing that changes the store. All workers choose from the same
// few, so that they get in each other's way.
func (w *worker) once(ctx context.Context) error {
	subject := strconv.Itoa(w.random.IntN(40))
	switch w.random.IntN(6) {
	case 0:
		return w.build(ctx, subject)
	case 1:
		return w.fetch(ctx, subject)
	case 2:
		return w.copy(ctx, subject, true)
	case 3:
		return w.copy(ctx, subject, false)
	case 4:
		a, err := w.store.AddText(ctx, "a", subject, nil)
		if err == nil {
			_, err = w.store.AddText(ctx, "b", subject, []storepath.Path{a})
		}
		return err
	}
	// Temporary roots of this process last as long as its store is open.
	if err := w.store.Close(); err != nil {
		return err
	}
	s, err := store.Open(store.Config{Dir: w.store.Dir(), NoSync: true})
	if err != nil {
		return err
	}
	w.store, w.realiser = s, build.New(build.Config{Store: s})
	if _, err := s.Collect(ctx, store.Collection{}); err != nil {
		return err
	}
	_, err = s.Deduplicate(ctx)
	return err
}

// chainOf adds derivations that need each other.
func (w *worker) chainOf(ctx context.Context, subject string) (storepath.Path, error) {
	hashes := &derivation.Hashes{Load: w.store.ReadDerivation}
	var last storepath.Path
	for i := range 4 {
		d := &derivation.Derivation{Name: "d" + subject, System: "x", Builder: "builtin:write-text", Outputs: []derivation.Output{{Name: "out"}}}
		text := strings.Repeat(subject+"\n", 1000)
		if i > 0 {
			before, err := w.store.ReadDerivation(last)
			if err != nil {
				return last, err
			}
			d.Inputs = []derivation.Input{{Path: last, Outputs: []string{"out"}}}
			text += before.Outputs[0].Path.String()
		}
		d.Set("text", text)
		d.Set("destination", "/d/f")
		d.Set("out", "")
		if err := hashes.FillOutputs(d); err != nil {
			return last, err
		}
		var err error
		if last, err = w.store.AddDerivation(ctx, d); err != nil {
			return last, err
		}
	}
	return last, nil
}

func (w *worker) build(ctx context.Context, subject string) error {
	drv, err := w.chainOf(ctx, subject)
	if err == nil {
		_, err = w.realiser.Realise(ctx, build.Wanted{Derivation: drv})
	}
	return err
}

func (w *worker) fetch(ctx context.Context, subject string) error {
	d := &derivation.Derivation{Name: "f" + subject, System: "x", Builder: "builtin:fetchurl", Outputs: []derivation.Output{{
		Name: "out", Algorithm: hash.SHA256, Hash: hash.SumString(hash.SHA256, served(subject)),
	}}}
	d.Set("url", w.server+"/"+subject)
	d.Set("out", "")
	if err := new(derivation.Hashes).FillOutputs(d); err != nil {
		return err
	}
	drv, err := w.store.AddDerivation(ctx, d)
	if err == nil {
		_, err = w.realiser.Realise(ctx, build.Wanted{Derivation: drv})
	}
	return err
}

// served is what the server answers about a subject.
func served(subject string) string { return strings.Repeat("served "+subject+"\n", 20_000) }

// copy brings what was built to the cache, or back from there.
func (w *worker) copy(ctx context.Context, subject string, out bool) error {
	cache, err := binarycache.OpenCache(ctx, binarycache.CacheConfig{Address: "file://" + w.cache})
	if err != nil {
		return err
	}
	drv, err := w.chainOf(ctx, subject)
	if err != nil {
		return err
	}
	d, err := w.store.ReadDerivation(drv)
	if err != nil {
		return err
	}
	path := d.Outputs[0].Path
	everyone := binarycache.Trust{Everyone: true}
	if !out {
		_, err := (&binarycache.Copier{From: []binarycache.Source{cache}, To: binarycache.Local{Store: w.store}, Trust: everyone}).CopyAvailable(ctx, path)
		return err
	}
	if _, err := w.realiser.Realise(ctx, build.Wanted{Derivation: drv}); err != nil {
		return err
	}
	return (&binarycache.Copier{From: []binarycache.Source{binarycache.Local{Store: w.store}}, To: cache, Trust: everyone}).Copy(ctx, path)
}

// faults is how many processes are killed: few in every run, more with BERTH_FAULTS=300.
func faults(t *testing.T) int {
	if text := os.Getenv("BERTH_FAULTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 60
}

func TestKilledAtAnyMoment(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, served(strings.TrimPrefix(r.URL.Path, "/")))
	}))
	defer server.Close()
	state, cache := t.TempDir(), t.TempDir()
	s, err := store.Open(store.Config{Dir: state, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.AddText(t.Context(), "kept", "kept", nil)
	if err == nil {
		err = s.AddRoot("kept", kept)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	killed, most := 0, faults(t)
	for round := 0; killed < most; round++ {
		n := 2 + random.IntN(7)
		killWorkers(t, n, random, state, cache, server.URL)
		killed += n
		checkAfterwards(t, state, cache, server.URL, kept, seed)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d processes were killed, two to eight at a time (seed %d)", killed, seed)
}

// killWorkers starts processes and kills each at a random moment.
func killWorkers(t *testing.T, n int, random *rand.Rand, state, cache, server string) {
	t.Helper()
	done := make(chan error, n)
	for range n {
		cmd := exec.Command("/proc/self/exe", workerStage, state, cache, server, strconv.FormatUint(random.Uint64(), 10))
		delay := time.Duration(random.ExpFloat64() * float64(40*time.Millisecond))
		go func() { done <- killOne(cmd, delay) }()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func killOne(cmd *exec.Cmd, delay time.Duration) error {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	bufio.NewReader(out).ReadString('\n')
	time.Sleep(delay)
	cmd.Process.Kill()
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		return fmt.Errorf("a worker ended by itself: %v: %s", err, stderr.String())
	}
	return nil
}

// checkAfterwards demands that nothing was lost or damaged and all goes on.
func checkAfterwards(t *testing.T, state, cache, server string, kept storepath.Path, seed uint64) {
	t.Helper()
	w, err := openWorker(state, cache, server, seed)
	if err != nil {
		t.Fatalf("opening the store again: %v", err)
	}
	defer func() { w.store.Close() }()
	damaged, err := w.store.Verify(t.Context(), true)
	if err != nil || len(damaged) > 0 {
		t.Errorf("damage: %v %v", damaged, err)
	}
	if valid, err := w.store.IsValid(t.Context(), kept); err != nil || !valid {
		t.Errorf("a path with a root was lost: %v", err)
	}
	if err := w.build(t.Context(), "after"); err != nil {
		t.Errorf("the next build fails: %v", err)
	}
	if err := w.copy(t.Context(), "1", true); err != nil {
		t.Errorf("the next copy fails: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(state, "nix/var/nix/incoming"))
	if err != nil || len(left) > 0 {
		t.Errorf("%d staging directories are left, %v", len(left), err)
	}
}

// A full disk makes commands fail, and nothing else: what was valid stays so,
// and with space again everything works.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to mount a small file system")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("needs to mount a tmpfs: %v", err)
	}
	defer syscall.Unmount(disk, syscall.MNT_DETACH)
	s, err := store.Open(store.Config{Dir: disk})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.AddText(t.Context(), "kept", "kept", nil)
	if err == nil {
		err = s.AddRoot("kept", kept)
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	filler, failures, last := filepath.Join(disk, "filler"), 0, error(nil)
	for free := 0; free < 40; free++ { // from a full disk to one with room, in steps of 96 KiB
		fill(t, filler, free*96<<10)
		w, err := openWorker(disk, t.TempDir(), "", 1)
		if err == nil {
			for i := range 3 {
				if err = w.build(t.Context(), fmt.Sprintf("%d-%d", free, i)); err != nil {
					break
				}
			}
			w.store.Close()
		}
		if err != nil {
			failures, last = failures+1, err
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		checkAfterwards(t, disk, t.TempDir(), "", kept, 1)
		collectAll(t, disk)
	}
	if failures == 0 || failures == 40 {
		t.Errorf("%d of 40 attempts failed, so the campaign met no border", failures)
	}
	t.Logf("%d of 40 attempts failed for want of space, the last with: %v", failures, last)
}

// fill leaves some bytes of a file system free.
func fill(t *testing.T, name string, free int) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 4096)
	for {
		if _, err := file.Write(block); err != nil {
			break
		}
	}
	info, err := file.Stat()
	if err == nil {
		err = file.Truncate(max(info.Size()-int64(free), 0))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func collectAll(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Collect(t.Context(), store.Collection{}); err != nil {
		t.Fatal(err)
	}
}

// A damaged page of the database is told, not passed over.
func TestDamagedDatabase(t *testing.T) {
	b := fresh(t)
	for i := range 200 {
		b.addText("t", fmt.Sprint(i))
	}
	b.run("store", "verify")
	// Everything into the one file, then scribble over a page in its middle.
	file := filepath.Join(b.state, "nix/var/nix/db/db.sqlite")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, rest := range []string{"-wal", "-shm"} {
		os.Remove(file + rest)
	}
	const page = 4096
	for at := len(text) / page / 2 * page; at < len(text)/page/2*page+page; at++ {
		text[at] = 0x5a
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := b.try("store", "verify")
	if status != 1 || !strings.Contains(stderr, "damaged") && !strings.Contains(stderr, "malformed") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}
