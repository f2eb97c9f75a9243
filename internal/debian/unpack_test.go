package debian

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// entry is one member of an archive.
type entry struct {
	name     string
	kind     byte
	text     string // content, or target of a link
	mode     int64
	uid, gid int
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Typeflag: e.kind, Mode: e.mode, Uid: e.uid, Gid: e.gid, Format: tar.FormatGNU}
		switch e.kind {
		case tar.TypeSymlink, tar.TypeLink:
			h.Linkname = e.text
		case tar.TypeReg:
			h.Size = int64(len(e.text))
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if e.kind == tar.TypeReg {
			io.WriteString(w, e.text)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

const testControl = "Package: test\nVersion: 1:2-3\nArchitecture: amd64\n"

func file(name, text string) entry {
	return entry{name: name, kind: tar.TypeReg, text: text, mode: 0o644}
}

func arMemberText(name string, data []byte) string {
	padding := ""
	if len(data)%2 == 1 {
		padding = "\n"
	}
	return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n%s%s", name, 0, 0, 0, "100644", len(data), data, padding)
}

// debOf writes a .deb with a compression ("", ".gz", ".xz", ".zst").
func debOf(t testing.TB, extension string, control []entry, data ...entry) string {
	t.Helper()
	text := arMagic + arMemberText("debian-binary", []byte("2.0\n")) +
		arMemberText("control.tar"+extension, compress(t, extension, tarOf(t, control...))) +
		arMemberText("data.tar"+extension, compress(t, extension, tarOf(t, data...)))
	path := filepath.Join(t.TempDir(), "test.deb")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func compress(t testing.TB, extension string, data []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	var w io.WriteCloser
	var err error
	switch extension {
	case "":
		return data
	case ".gz":
		w = gzip.NewWriter(&buffer)
	case ".xz":
		w, err = xz.NewWriter(&buffer)
	case ".zst":
		w, err = zstd.NewWriter(&buffer)
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func TestUnpack(t *testing.T) {
	control := []entry{
		{name: "./", kind: tar.TypeDir, mode: 0o755}, file("./control", testControl+"Description: x\n"), file("./conffiles", "/etc/test.conf\n"),
		file("./triggers", "# comment\nactivate-noawait ldconfig\n"), file("./postinst", "#!/bin/sh\nexit 0\n"), file("./md5sums", "x"),
	}
	data := []entry{
		{name: "./", kind: tar.TypeDir, mode: 0o755},
		{name: "./bin/", kind: tar.TypeDir, mode: 0o755},
		{name: "./bin/su", kind: tar.TypeReg, text: "su", mode: 0o4755},
		{name: "./lib/x/y.so", kind: tar.TypeReg, text: "so", mode: 0o644},
		{name: "./lib64", kind: tar.TypeSymlink, text: "usr/lib64"},
		{name: "./bin/other", kind: tar.TypeLink, text: "./bin/su"},
		{name: "./usr/bin/link", kind: tar.TypeSymlink, text: "/etc/alternatives/link"},
		{name: "./usr/bin/link", kind: tar.TypeSymlink, text: "/etc/alternatives/link"},
		{name: "./usr/bin/chage", kind: tar.TypeReg, text: "chage", mode: 0o2755, gid: 42},
		{name: "./etc/secret/", kind: tar.TypeDir, mode: 0o700},
		{name: "./etc/ro", kind: tar.TypeReg, text: "ro", mode: 0o440},
		{name: "./usr/bin/run", kind: tar.TypeReg, text: "#!", mode: 0o755},
		{name: "./usr/share/ünï", kind: tar.TypeReg, text: "", mode: 0o644},
	}
	for _, extension := range []string{"", ".gz", ".xz", ".zst"} {
		t.Run("data.tar"+extension, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "part")
			part, err := Unpack(t.Context(), debOf(t, extension, control, data...), out)
			if err != nil {
				t.Fatal(err)
			}
			want := &Part{
				Name: "test", Version: "1:2-3", Architecture: "amd64", Conffiles: []string{"/etc/test.conf"},
				Triggers: []string{"activate-noawait ldconfig"}, Scripts: map[string]string{"postinst": "#!/bin/sh\nexit 0\n"},
				Special: []Special{
					{Path: "usr/bin/su", Mode: 0o4755}, {Path: "usr/bin/chage", Mode: 0o2755, GID: 42},
					{Path: "etc/secret", Directory: true, Mode: 0o700}, {Path: "etc/ro", Mode: 0o440},
				},
			}
			if diff := cmp.Diff(want, part); diff != "" {
				t.Errorf("part (-want +got):\n%s", diff)
			}
			if read, err := ReadPart(out); err != nil || cmp.Diff(part, read) != "" {
				t.Errorf("the manifest reads as %+v, %v", read, err)
			}
			wantTree := []string{
				"etc d", "etc/ro -r--r--r--", "etc/secret d", "lib64 -> usr/lib64", "usr d", "usr/bin d", "usr/bin/chage -r-xr-xr-x",
				"usr/bin/link -> /etc/alternatives/link", "usr/bin/other -r-xr-xr-x", "usr/bin/run -r-xr-xr-x", "usr/bin/su -r-xr-xr-x",
				"usr/lib d", "usr/lib/x d", "usr/lib/x/y.so -r--r--r--", "usr/share d", "usr/share/ünï -r--r--r--",
			}
			if diff := cmp.Diff(wantTree, listTree(t, filepath.Join(out, "root"))); diff != "" {
				t.Errorf("tree (-want +got):\n%s", diff)
			}
		})
	}
}

// listTree lists a tree: "path mode", "path d" or "path -> target".
func listTree(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name := strings.TrimPrefix(path, dir+"/")
		info, err := e.Info()
		switch {
		case err != nil:
			return err
		case e.IsDir():
			name += " d"
		case e.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			name += " -> " + target
		default:
			name += " " + info.Mode().String()
		}
		list = append(list, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func TestHostilePackagesAreRefused(t *testing.T) {
	control := []entry{file("./control", testControl)}
	for name, data := range map[string][]entry{
		"path upwards":                 {file("../evil", "x")},
		"path upwards inside":          {file("./usr/../../evil", "x")},
		"absolute path":                {file("/evil", "x")},
		"device":                       {{name: "./dev/sda", kind: tar.TypeBlock, mode: 0o600}},
		"character device":             {{name: "./dev/null", kind: tar.TypeChar, mode: 0o600}},
		"named pipe":                   {{name: "./pipe", kind: tar.TypeFifo, mode: 0o600}},
		"file through a link":          {{name: "./usr/x", kind: tar.TypeSymlink, text: "/tmp"}, file("./usr/x/evil", "x")},
		"file through a relative link": {{name: "./usr/x", kind: tar.TypeSymlink, text: "../../.."}, file("./usr/x/evil", "x")},
		"directory below a file":       {file("./usr/x", "x"), file("./usr/x/y", "x")},
		"two files at one path":        {file("./lib/x", "a"), file("./usr/lib/x", "b")},
		"links that differ":            {{name: "./x", kind: tar.TypeSymlink, text: "a"}, {name: "./x", kind: tar.TypeSymlink, text: "b"}},
		"link to a file of others":     {{name: "./x", kind: tar.TypeLink, text: "../../etc/passwd"}},
		"link to nothing":              {{name: "./x", kind: tar.TypeLink, text: "./y"}},
		"link to a symlink":            {{name: "./s", kind: tar.TypeSymlink, text: "/etc/shadow"}, {name: "./x", kind: tar.TypeLink, text: "./s"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if _, err := Unpack(t.Context(), debOf(t, ".gz", control, data...), filepath.Join(dir, "a", "part")); err == nil {
				t.Error("it was unpacked")
			} else {
				t.Log(err)
			}
			for _, evil := range []string{"evil", "a/evil", "a/part/evil"} {
				if _, err := os.Lstat(filepath.Join(dir, evil)); err == nil {
					t.Errorf("%s was written", evil)
				}
			}
		})
	}
}

func TestDamagedPackagesAreRefused(t *testing.T) {
	whole, err := os.ReadFile(debOf(t, ".xz", []entry{file("./control", testControl)}, file("./x", strings.Repeat("content", 1000))))
	if err != nil {
		t.Fatal(err)
	}
	hugeDictionary := bytes.Clone(whole)
	// The dictionary size follows the filter id 0x21 and its length 1 in the
	// first block header of each stream.
	at := bytes.Index(hugeDictionary, []byte{0x21, 0x01})
	hugeDictionary[at+2] = 40
	for name, text := range map[string][]byte{
		"empty":                {},
		"not an archive":       []byte("hello"),
		"cut off":              whole[:len(whole)-40],
		"no data":              whole[:200],
		"wrong order":          []byte(arMagic + arMemberText("data.tar", nil)),
		"wrong version":        []byte(arMagic + arMemberText("debian-binary", []byte("3.0\n"))),
		"negative size":        []byte(arMagic + fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n", "debian-binary", 0, 0, 0, "100644", -5)),
		"unknown compression":  []byte(arMagic + arMemberText("debian-binary", []byte("2.0\n")) + arMemberText("control.tar.br", nil)),
		"a dictionary of 4 GB": hugeDictionary,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.deb")
			if err := os.WriteFile(path, text, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := Unpack(t.Context(), path, filepath.Join(t.TempDir(), "part")); err == nil {
				t.Error("it was unpacked")
			} else {
				t.Log(err)
			}
		})
	}
}

// FuzzUnpack feeds damaged packages; whatever they hold, nothing may be
// written beside the output and nothing may panic.
func FuzzUnpack(f *testing.F) {
	seed, err := os.ReadFile(debOf(f, "", []entry{file("./control", testControl)}, file("./usr/x", "content"), entry{name: "./l", kind: tar.TypeSymlink, text: "usr"}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "x.deb")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _ = Unpack(t.Context(), path, filepath.Join(dir, "part"))
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "x.deb" && e.Name() != "part" {
				t.Errorf("%s was written", e.Name())
			}
		}
	})
}

// TestUnpackAsDpkg compares trees with those of dpkg-deb.
func TestUnpackAsDpkg(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("needs dpkg-deb to compare with: ", err)
	}
	s := liveSource(t, "trixie")
	for _, name := range []string{"base-files", "passwd", "perl-base", "ca-certificates", "python3-minimal"} {
		r, ok, err := s.Lookup(name)
		if err != nil || !ok {
			t.Fatalf("%s: %v", name, err)
		}
		dir := t.TempDir()
		if err := fetchAndUnpack(t.Context(), s, r, dir); err != nil {
			t.Fatal(err)
		}
		theirs := filepath.Join(dir, "dpkg")
		if out, err := exec.Command("dpkg-deb", "-x", filepath.Join(dir, name+".deb"), theirs).CombinedOutput(); err != nil {
			t.Fatalf("dpkg-deb: %v\n%s", err, out)
		}
		out, err := exec.Command("diff", "-r", "--no-dereference", theirs, filepath.Join(dir, name, "root")).CombinedOutput()
		if err != nil {
			t.Errorf("%s differs from what dpkg-deb unpacks:\n%s", name, out)
		}
	}
}
