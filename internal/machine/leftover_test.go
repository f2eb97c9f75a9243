package machine

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/root"
)

const holdStage = "__test-hold"

// holdRequest is what the program to be killed gets on standard input.
type holdRequest struct {
	RunDirectory string
	System       *description.System
	Root         *root.Root
}

// hold is the stage "__test-hold": it boots a machine, says so, and waits to
// be killed.
func hold([]string) int {
	var request holdRequest
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		fmt.Println(err)
		return 1
	}
	g, err := NewGroup(GroupConfig{RunDirectory: request.RunDirectory, Name: "held"})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	m, err := g.Machine(Config{Name: "server", System: request.System, Root: request.Root})
	if err == nil {
		err = m.Start(context.Background())
	}
	if err == nil {
		err = m.WaitReady(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ready", g.directory.name())
	select {}
}

// holdMachine starts a program that holds a machine.
func holdMachine(t *testing.T, b *bench, runDirectory string) (holder *os.Process, group string) {
	t.Helper()
	s, r := b.assemble(system("server", "2"))
	input, err := json.Marshal(holdRequest{runDirectory, s, r})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("/proc/self/exe", holdStage)
	command.Stdin = strings.NewReader(string(input))
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { command.Process.Kill(); command.Wait() })
	line, _ := bufio.NewReader(output).ReadString('\n')
	group, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ready {
		t.Fatalf("the holder said %q", line)
	}
	return command.Process, group
}

// leftovers finds everything on this host that belongs to a group.
func leftovers(runDirectory, group string) map[string][]string {
	found := map[string][]string{}
	add := func(kind, what string) { found[kind] = append(found[kind], what) }
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		cgroup, _ := os.ReadFile(p + "/cgroup")
		arguments, _ := os.ReadFile(p + "/cmdline")
		if strings.Contains(string(cgroup), group) || strings.Contains(string(arguments), filepath.Join(runDirectory, group)) {
			add("process", p)
		}
	}
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, runDirectory) {
			add("mount", line)
		}
	}
	filepath.WalkDir("/sys/fs/cgroup", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && e.Name() == "berth-"+group {
			add("cgroup", path)
		}
		return nil
	})
	entries, _ := os.ReadDir(runDirectory)
	for _, e := range entries {
		if e.IsDir() {
			add("directory", e.Name())
		}
	}
	return found
}

// namespaceHolders are the places through which a group's network namespaces
// are kept alive: processes inside, and descriptors of the one that holds the
// machines. Each comes with what it leads to.
func namespaceHolders(runDirectory, group string, holder int) map[string]string {
	var places []string
	for _, p := range leftovers(runDirectory, group)["process"] {
		places = append(places, p+"/ns/net")
	}
	descriptors, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", holder))
	holders := map[string]string{}
	for _, place := range append(places, descriptors...) {
		if target, err := os.Readlink(place); err == nil && strings.HasPrefix(target, "net:[") {
			holders[place] = target
		}
	}
	return holders
}

func TestKilledParentLeavesNothing(t *testing.T) {
	b := newBench(t)
	runDirectory := t.TempDir()
	holder, group := holdMachine(t, b, runDirectory)
	// The finder must be able to find: all of this is there now.
	found := leftovers(runDirectory, group)
	for _, kind := range []string{"process", "cgroup", "directory"} {
		if len(found[kind]) == 0 {
			t.Errorf("the finder does not see a running machine's %s", kind)
		}
	}
	holders := namespaceHolders(runDirectory, group, holder.Pid)
	distinct := map[string]bool{}
	for _, namespace := range holders {
		distinct[namespace] = true
	}
	if len(distinct) < 2 { // the switch's and the machine's
		t.Errorf("the finder sees %d network namespaces: %v", len(distinct), holders)
	}
	begin := time.Now()
	if err := holder.Kill(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the reaper", func() bool { return len(leftovers(runDirectory, group)) == 0 })
	t.Logf("nothing is left after %s", time.Since(begin))
	holder.Wait()
	for place, namespace := range holders {
		if now, err := os.Readlink(place); err == nil && now == namespace {
			t.Errorf("network namespace %s is still held by %s", namespace, place)
		}
	}
}

// TestSweepAfterReaper kills the reaper, too, so that the next group has to
// clean up.
func TestSweepAfterReaper(t *testing.T) {
	b := newBench(t)
	runDirectory := t.TempDir()
	holder, group := holdMachine(t, b, runDirectory)
	for _, p := range reapersOf(filepath.Join(runDirectory, group)) {
		p.Kill()
	}
	if swept, err := Sweep(runDirectory); err != nil || len(swept) != 0 {
		t.Errorf("a running machine was swept: %v, %v", swept, err)
	}
	holder.Kill()
	holder.Wait()
	waitFor(t, "the machine's end", func() bool { return len(leftovers(runDirectory, group)["process"]) == 0 })
	if len(leftovers(runDirectory, group)["directory"]) == 0 {
		t.Fatal("somebody else removed the directory")
	}
	g, err := NewGroup(GroupConfig{RunDirectory: runDirectory})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	found := leftovers(runDirectory, group)
	found["directory"] = slices.DeleteFunc(found["directory"], func(name string) bool { return name == g.directory.name() })
	for kind, what := range found {
		if len(what) > 0 {
			t.Errorf("%s is left: %v", kind, what)
		}
	}
}

func reapersOf(directory string) []*os.Process {
	var found []*os.Process
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		arguments, _ := os.ReadFile(p + "/cmdline")
		if string(arguments) == "berth\x00"+reaperStage+"\x00"+directory+"\x00" {
			var pid int
			fmt.Sscan(filepath.Base(p), &pid)
			if process, err := os.FindProcess(pid); err == nil {
				found = append(found, process)
			}
		}
	}
	return found
}
