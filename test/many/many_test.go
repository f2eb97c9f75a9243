// Package many boots many machines at once and measures what each costs.
package many

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth.dev/test/harness"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { harness.Main(m) }

// figures are what a run of some machines cost.
type figures struct {
	// booted is the time from the first machine's start until all had run a
	// command, whole that of the run, without the pause for measuring.
	booted, whole time.Duration
	// memory is the proportional share of all processes in machines, files
	// is what their tmpfs hold.
	memory, files uint64
}

// prepare returns berth in a copy of the flake, and how long its machines wait
// to be measured.
func prepare(t testing.TB, pause time.Duration) *harness.Berth {
	t.Helper()
	harness.NeedRoot(t)
	b := harness.New(t)
	b.Dir = t.TempDir()
	harness.Copy(t, harness.Root()+"/test/many", b.Dir)
	harness.Replace(t, b.Dir+"/script.py", "PAUSE", fmt.Sprint(pause.Seconds()))
	return b
}

var bootedLine = regexp.MustCompile(`all booted after ([0-9.]+) s`)

// run boots so many machines, and measures them when all have booted.
func run(t testing.TB, b *harness.Berth, count int, pause time.Duration) figures {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), b.Timeout)
	defer cancel()
	reader, writer := io.Pipe()
	cmd := b.Command(ctx, "check", "--quiet", fmt.Sprintf(".#m%d", count))
	cmd.Stdout, cmd.Stderr = writer, writer
	var f figures
	var output strings.Builder
	read := make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			fmt.Fprintln(&output, lines.Text())
			if m := bootedLine.FindStringSubmatch(lines.Text()); m != nil {
				seconds, _ := strconv.ParseFloat(m[1], 64)
				f.booted = time.Duration(seconds * float64(time.Second))
				if pause > 0 {
					f.memory, f.files = usage(b)
				}
			}
		}
	}()
	err := cmd.Run()
	f.whole = time.Since(begin) - pause
	writer.Close()
	<-read
	if err != nil || f.booted == 0 {
		t.Fatalf("%d machines: %v\n%s", count, err, output.String())
	}
	return f
}

// usage adds up the memory of processes in machines of a run, and the files in
// the memory of each.
func usage(b *harness.Berth) (memory, files uint64) {
	runs, _ := filepath.Glob(filepath.Join(b.StateDir, "run", "check-*"))
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		cgroup, _ := os.ReadFile(process + "/cgroup")
		ours := false
		for _, run := range runs {
			ours = ours || strings.Contains(string(cgroup), "/berth-"+filepath.Base(run)+"/")
		}
		if !ours {
			continue
		}
		memory += proportional(process + "/smaps_rollup")
		if name, _ := os.ReadFile(process + "/comm"); strings.TrimSpace(string(name)) == "systemd" {
			for _, place := range []string{"/run", "/tmp", "/dev/shm"} {
				var stat unix.Statfs_t
				if unix.Statfs(process+"/root"+place, &stat) == nil {
					files += (stat.Blocks - stat.Bfree) * uint64(stat.Bsize)
				}
			}
		}
	}
	return memory, files
}

func proportional(path string) uint64 {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		var kilobytes uint64
		if n, _ := fmt.Sscanf(line, "Pss: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	return 0
}

// BenchmarkMachines is the table of costs: go test -bench . -benchtime 1x
func BenchmarkMachines(bench *testing.B) {
	for _, count := range []int{2, 8, 24, 50, 100} {
		bench.Run(strconv.Itoa(count), func(bench *testing.B) {
			pause := time.Duration(count)*20*time.Millisecond + time.Second
			b := prepare(bench, pause)
			run(bench, b, count, pause) // warms the store and the caches
			bench.ResetTimer()
			for range bench.N {
				f := run(bench, b, count, pause)
				bench.ReportMetric(f.whole.Seconds(), "s/run")
				bench.ReportMetric(f.booted.Seconds(), "s/boot")
				bench.ReportMetric(float64(f.booted.Milliseconds())/float64(count), "ms/machine")
				bench.ReportMetric(float64(f.memory>>10)/1024/float64(count), "MB-pss/machine")
				bench.ReportMetric(float64(f.files>>10)/1024/float64(count), "MB-tmpfs/machine")
			}
		})
	}
}

// TestFiftyMachines boots more machines than the usual limit of inotify
// instances would be enough for if they shared a user.
func TestFiftyMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("boots 50 machines")
	}
	b := prepare(t, 0)
	run(t, b, 2, 0) // what all need is there
	f := run(t, b, 50, 0)
	t.Logf("50 machines booted in %s, %s in all", f.booted, f.whole)
	if f.booted > 25*time.Second {
		t.Errorf("50 machines booted in %s, want at most 25 s", f.booted)
	}
}
