// Package kept brings machines up, changes them, ends them in all ways and
// looks at what is left.
package kept

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/test/harness"
	"github.com/google/nftables"
)

func TestMain(m *testing.M) { harness.Main(m) }

// kept is a machine of a test, whose name no other test has.
type kept struct {
	*harness.Berth
	t      *testing.T
	name   string
	file   string
	system *description.System
}

// newKept prepares a machine with a web server of one page and a service that
// only runs.
func newKept(t *testing.T, name string) *kept {
	t.Helper()
	harness.NeedRoot(t)
	k := &kept{Berth: harness.New(t), t: t, name: fmt.Sprintf("k%d-%s", os.Getpid(), name)}
	k.file = filepath.Join(t.TempDir(), "machine.json")
	packages := "systemd systemd-sysv bash coreutils util-linux procps iproute2 netbase python3 dash grep sed base-files base-passwd " +
		"login passwd libc-bin hostname findutils init-system-helpers"
	page := "one\n"
	k.system = &description.System{
		Version: description.Version, Name: k.name, Platform: "x86_64-linux", DefaultUnit: "multi-user.target",
		DebianPackages: strings.Fields(packages), MutableUsers: true,
		Network:  description.Network{HostName: "small"},
		Firewall: description.Firewall{Enable: true, PortSet: description.PortSet{AllowedTCPPorts: []int{80}}},
		Etc:      map[string]description.EtcFile{"page/index.html": {Text: &page}},
		Units: map[string]description.Unit{
			"web.service":  service("/usr/bin/python3 -u -m http.server 80 --directory /etc/page"),
			"idle.service": service("/usr/bin/sleep infinity"),
		},
	}
	k.write()
	t.Cleanup(func() {
		k.Run("down", "--remove", k.name)
		k.wantNothingLeft()
	})
	return k
}

func service(command string) description.Unit {
	return description.Unit{WantedBy: []string{"multi-user.target"},
		Sections: map[string]map[string][]string{"Service": {"ExecStart": {command}}}}
}

// write makes the file that "up" reads.
func (k *kept) write() {
	k.t.Helper()
	text, err := json.Marshal(k.system)
	if err != nil {
		k.t.Fatal(err)
	}
	harness.Write(k.t, k.file, string(text))
}

func (k *kept) up(more ...string) harness.Result {
	k.t.Helper()
	r := k.Run(append([]string{"up", "--detach", "--quiet", k.file}, more...)...)
	k.Want(r, 0)
	return r
}

// inside runs a shell command in the machine and returns what it prints.
func (k *kept) inside(command string) string {
	k.t.Helper()
	r := k.Run("exec", k.name, "sh", "-c", command)
	k.Want(r, 0)
	return strings.TrimSpace(r.Stdout)
}

// row is the machine's row of "ps --json".
func (k *kept) row() map[string]any {
	k.t.Helper()
	r := k.Run("ps", "--json")
	k.Want(r, 0)
	var listed struct{ Machines []map[string]any }
	if err := json.Unmarshal([]byte(r.Stdout), &listed); err != nil {
		k.t.Fatal(err)
	}
	for _, row := range listed.Machines {
		if row["name"] == k.name {
			return row
		}
	}
	return nil
}

func (k *kept) directory() string { return filepath.Join(k.StateDir, "machines", k.name) }

// supervisor is the number of the process that takes care of the machine.
func (k *kept) supervisor() int {
	k.t.Helper()
	text, err := os.ReadFile(filepath.Join(k.directory(), "status.json"))
	if err != nil {
		k.t.Fatal(err)
	}
	var status struct{ Supervisor int }
	if err := json.Unmarshal(text, &status); err != nil {
		k.t.Fatal(err)
	}
	return status.Supervisor
}

// leftovers finds what belongs to the machine while it is not running.
func (k *kept) leftovers() []string {
	var found []string
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, p := range processes {
		arguments, _ := os.ReadFile(p + "/cmdline")
		mounts, _ := os.ReadFile(p + "/mountinfo")
		if strings.Contains(string(arguments), "__supervise\x00"+k.directory()) || strings.Contains(string(mounts), k.directory()+"/") {
			found = append(found, "process "+p)
		}
	}
	runs, _ := filepath.Glob(filepath.Join(k.StateDir, "run", "up-"+k.name+"-*"))
	found = append(found, runs...)
	filepath.WalkDir("/sys/fs/cgroup", func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), "berth-up-"+k.name+"-") {
			found = append(found, "cgroup "+path)
		}
		return nil
	})
	if c, err := nftables.New(); err == nil {
		tables, _ := c.ListTables()
		for _, table := range tables {
			if strings.HasPrefix(table.Name, "berth-up-"+k.name+"-") {
				found = append(found, "packet filter "+table.Name)
			}
		}
	}
	return found
}

func (k *kept) wantNothingLeft() {
	k.t.Helper()
	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if left = k.leftovers(); len(left) == 0 {
			return
		}
	}
	k.t.Errorf("left behind:\n%s", strings.Join(left, "\n"))
}

// freePort is a port of the host that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// fetch asks the host's loopback until there is an answer.
func fetch(t *testing.T, port int) string {
	t.Helper()
	return fetchPath(t, port, "/")
}

// fetchPath is fetch for what the service has under a path, once it is ready.
func fetchPath(t *testing.T, port int, path string) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
		if err != nil {
			continue
		}
		if answer.StatusCode == http.StatusServiceUnavailable {
			answer.Body.Close()
			continue
		}
		text, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		return string(text)
	}
	t.Fatalf("nobody answers on port %d", port)
	return ""
}
