package kept

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMergeAccounts(t *testing.T) {
	tests := []struct {
		name, file             string
		current, before, after string
		mutable                bool
		want                   string
	}{
		{"what the configuration says", "etc/passwd", "a:1\n", "a:1\n", "a:1\nb:2\n", true, "a:1\nb:2\n"},
		{"an account made inside stays", "etc/passwd", "a:1\nmine:7\n", "a:1\n", "a:1\nb:2\n", true, "a:1\nb:2\nmine:7\n"},
		{"unless accounts are not mutable", "etc/passwd", "a:1\nmine:7\n", "a:1\n", "a:1\nb:2\n", false, "a:1\nb:2\n"},
		{"a declared account goes", "etc/passwd", "a:1\nb:2\n", "a:1\nb:2\n", "a:1\n", true, "a:1\n"},
		{"a password set inside stays", "etc/shadow", "a:secret\n", "a:!\n", "a:!\nb:!\n", true, "a:secret\nb:!\n"},
		{"until the configuration has another", "etc/shadow", "a:secret\n", "a:!\n", "a:new\n", true, "a:new\n"},
		{"a shell changed inside does not", "etc/passwd", "a:1:zsh\n", "a:1:bash\n", "a:1:bash\n", true, "a:1:bash\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mergeAccounts(test.file, test.current, test.before, test.after, test.mutable); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAdoptAccounts(t *testing.T) {
	y := &Yard{Dir: t.TempDir()}
	write(t, filepath.Join(y.IDDir("m"), "machine.json"), `{"users":{"root":0},"groups":{"root":0}}`)
	write(t, y.file("m", "upper/etc/passwd"), "root:x:0:0::/root:/bin/bash\nmine:x:1001:1001::/home/mine:/bin/sh\nbroken\n")
	if err := y.AdoptAccounts("m"); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(y.IDDir("m"), "machine.json"))
	if want := `{"users":{"mine":1001,"root":0},"groups":{"root":0}}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	if err := y.AdoptAccounts("unknown"); err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
