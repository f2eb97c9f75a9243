package kept

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/test/harness"
)

// TestTutorialServer brings the server of the tutorial up and changes one of
// its two containers.
func TestTutorialServer(t *testing.T) {
	k := newKept(t, "tutorial")
	dir := filepath.Join(t.TempDir(), "tutorial")
	harness.Copy(t, filepath.Join(harness.Root(), "examples/tutorial"), dir)
	port := freePort(t)
	harness.Replace(t, filepath.Join(dir, "flake.nix"), "host.port = 3000", fmt.Sprintf("host.port = %d", port))
	k.file = dir + "#server"
	k.up("--name", k.name)
	if got := fetchPath(t, port, "/todos"); !strings.Contains(got, "finish tutorial 0") {
		t.Errorf("the API answers %q", got)
	}
	pids := func() (api, database string) {
		show := "systemctl show --property=MainPID --value container@"
		return k.inside(show + "api.service"), k.inside(show + "tutorial.service")
	}
	api, database := pids()
	if r := k.Run("ps"); !strings.Contains(r.Stdout, k.name+"/tutorial") || !strings.Contains(r.Stdout, "container@api.service") {
		t.Errorf("ps does not show the containers:\n%s", r.Stdout)
	}
	if r := k.Run("exec", k.name+"/tutorial", "hostname"); r.Stdout != "tutorial\n" {
		t.Errorf("a container says it is %q", r.Stdout)
	}
	harness.Replace(t, filepath.Join(dir, "server.nix"), `Restart = "always"`, `Restart = "on-failure"`)
	if r := k.up("--name", k.name); !strings.Contains(r.Stderr, "stops container@api.service") {
		t.Errorf("up does not say what it does:\n%s", r.Stderr)
	}
	newAPI, newDatabase := pids()
	if newAPI == api || newDatabase != database {
		t.Errorf("the containers' processes were %s and %s, and are %s and %s", api, database, newAPI, newDatabase)
	}
	if r := k.Run("exec", k.name+"/api", "systemctl", "show", "--property=Restart", "todo-api"); r.Stdout != "Restart=on-failure\n" {
		t.Errorf("inside the container: %s", r.Stdout)
	}
}

func TestContainerVerbs(t *testing.T) {
	k := newKept(t, "verbs")
	verb := func(status int, args ...string) string {
		t.Helper()
		r := k.Run(append([]string{"container"}, args...)...)
		k.Want(r, status)
		return strings.TrimSpace(r.Stdout)
	}
	t.Cleanup(func() { k.Run("container", "destroy", k.name) })
	if got := verb(1, "status", k.name); got != "gone" {
		t.Errorf("before: %q", got)
	}
	verb(0, "create", k.name, "--config", `environment.etc.greeting.text = "hello";`)
	if got := verb(0, "status", k.name); got != "down" {
		t.Errorf("created: %q", got)
	}
	verb(1, "create", k.name)
	verb(0, "start", k.name)
	if got := verb(0, "status", k.name); got != "up" {
		t.Errorf("started: %q", got)
	}
	address := verb(0, "show-ip", k.name)
	if got := verb(0, "run", k.name, "--", "sh", "-c", "cat /etc/greeting; echo; hostname; ip -4 -o address show dev eth0"); !strings.HasPrefix(got, "hello\n"+k.name) || !strings.Contains(got, address) {
		t.Errorf("inside, with address %s: %q", address, got)
	}
	verb(3, "run", k.name, "--", "sh", "-c", "exit 3")
	verb(0, "update", k.name, "--config", `environment.etc.greeting.text = "good evening";`)
	if got := verb(0, "run", k.name, "--", "cat", "/etc/greeting"); got != "good evening" {
		t.Errorf("updated: %q", got)
	}
	verb(0, "stop", k.name)
	verb(0, "destroy", k.name)
	verb(0, "destroy", k.name)
	if got := verb(1, "status", k.name); got != "gone" {
		t.Errorf("after: %q", got)
	}
	if _, err := os.Stat(k.directory()); err == nil {
		t.Error("its directory is left")
	}
}
