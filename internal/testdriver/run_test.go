package testdriver

import (
	"testing"
)

func TestFirst(t *testing.T) {
	b := newBench(t)
	r := b.passes(`
start_all()
out = server.succeed("echo hello", "echo world")
assert out == "hello\nworld\n", out
print(out)
status, out = client.execute("echo x; exit 3")
assert (status, out) == (3, "x\n")
`)
	t.Logf("%+v", r)
	for _, l := range b.events.all() {
		t.Log(l)
	}
}
