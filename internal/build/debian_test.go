package build

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// packageFile makes a .deb file with one program in it.
func packageFile(t *testing.T) []byte {
	t.Helper()
	archive := func(name, content string, mode int64) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		header := &tar.Header{Name: name, Mode: mode, Size: int64(len(content)), Typeflag: tar.TypeReg}
		if err := errors.Join(w.WriteHeader(header), second(w.Write([]byte(content))), w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for _, member := range []struct {
		name    string
		content []byte
	}{
		{"debian-binary", []byte("2.0\n")},
		{"control.tar", archive("./control", "Package: tool\nVersion: 1:2\nArchitecture: all\n", 0o644)},
		{"data.tar", archive("./bin/tool", "#!/bin/sh\n", 0o4755)},
	} {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", member.name, 0, 0, 0, 0o644, len(member.content))
		b.Write(member.content)
		if len(member.content)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func second(_ int, err error) error { return err }

// pool is an archive with one file.
type pool struct {
	content []byte
	asked   string
}

func (p *pool) Fetch(_ context.Context, path, sha256 string, size int64, target string, progress func(done, total int64)) error {
	p.asked = fmt.Sprint(path, " ", sha256, " ", size)
	progress(size, size)
	return os.WriteFile(target, p.content, 0o644)
}

func TestDebianFetchAndUnpack(t *testing.T) {
	b := newBench(t)
	archive := &pool{content: packageFile(t)}
	b.config.Archive = archive
	digest := hash.Sum(hash.SHA256, archive.content)
	fetch := b.add(drv{name: "tool_2_all.deb", builder: "builtin:debian-fetch", fixed: storepath.Address{Hash: digest},
		env: map[string]string{"path": "pool/t/tool_2_all.deb", "size": fmt.Sprint(len(archive.content))}})
	unpack := b.add(drv{name: "tool_2_all", builder: "builtin:debian-unpack", inputs: []drvRef{fetch}, env: map[string]string{"src": fetch.out()}})
	steps, err := New(b.config).Plan(t.Context(), Wanted{Derivation: unpack.path})
	if err != nil || len(steps) != 2 || steps[0].Kind != Fetch || steps[0].Size != int64(len(archive.content)) || steps[1].Kind != Unpack {
		t.Errorf("planned %v, %v", steps, err)
	}
	b.mustRealise(unpack)
	if want := fmt.Sprint("pool/t/tool_2_all.deb ", digest.Base16(), " ", len(archive.content)); archive.asked != want {
		t.Errorf("asked for %s, want %s", archive.asked, want)
	}
	if got := b.read(unpack.out() + "/root/usr/bin/tool"); got != "#!/bin/sh\n" {
		t.Errorf("program %q", got)
	}
	if got := b.read(unpack.out() + "/part.json"); !strings.Contains(got, `"version": "1:2"`) || !strings.Contains(got, "4755") {
		t.Errorf("manifest %s", got)
	}
	info, err := os.Stat(b.store.PhysicalPath(unpack.outputPath("out")) + "/root/usr/bin/tool")
	if err != nil || info.Mode() != 0o555 {
		t.Errorf("mode %v, %v", info, err)
	}
	b.verify()
}

func TestDebianFetchWithoutArchive(t *testing.T) {
	b := newBench(t)
	d := b.add(drv{name: "x.deb", builder: "builtin:debian-fetch", fixed: storepath.Address{Hash: hash.SumString(hash.SHA256, "")}})
	if err := b.realise(d); err == nil || !strings.Contains(err.Error(), "no Debian archive is configured") {
		t.Errorf("got %v", err)
	}
}
