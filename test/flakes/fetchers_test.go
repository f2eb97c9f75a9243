package flakes

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"berth.dev/test/oracle"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// sources is what the functions that fetch are tried on.
const sources = `
-- repo/flake.nix --
{ outputs = _: { }; }
-- repo/.gitattributes --
left-out export-ignore
doc export-ignore
-- repo/left-out --
x
-- repo/doc/manual --
x
-- repo/bin/tool --
#!/bin/sh
-- dirty/file --
x
-- new/file --
x
-- plain/a/b --
x
-- arch/one/a --
x
`

// expressions are values that both tools must agree on; $DIR is the folder of
// sources and $REV the commit of repo.
var expressions = map[string]string{
	"git of a path":             `fetchGit $DIR/repo`,
	"git of text":               `fetchGit "$DIR/repo"`,
	"git of a URL":              `fetchGit "file://$DIR/repo"`,
	"git by commit":             `fetchGit { url = "file://$DIR/repo"; rev = "$REV"; }`,
	"git by branch":             `fetchGit { url = $DIR/repo; ref = "main"; }`,
	"git by full branch":        `fetchGit { url = $DIR/repo; ref = "refs/heads/main"; }`,
	"git with a name":           `fetchGit { url = $DIR/repo; name = "named"; }`,
	"git shallow":               `fetchGit { url = $DIR/repo; shallow = true; rev = "$REV"; }`,
	"git with submodules":       `fetchGit { url = $DIR/super; submodules = true; }`,
	"git with submodules, rev":  `fetchGit { url = "file://$DIR/super"; submodules = true; ref = "main"; }`,
	"git without submodules":    `fetchGit { url = $DIR/super; ref = "main"; }`,
	"git of a bare repository":  `fetchGit "file://$DIR/bare.git"`,
	"git of bare, by branch":    `fetchGit { url = "file://$DIR/bare.git"; ref = "side"; }`,
	"git of bare, by commit":    `fetchGit { url = "file://$DIR/bare.git"; rev = "$REV"; }`,
	"git not export-ignored":    `fetchGit { url = $DIR/repo; exportIgnore = false; }`,
	"git with changes":          `fetchGit $DIR/dirty`,
	"git before a commit":       `fetchGit $DIR/new`,
	"git right hash":            `fetchGit { url = $DIR/repo; narHash = (fetchGit $DIR/repo).narHash; }`,
	"tree git":                  `fetchTree { type = "git"; url = "file://$DIR/repo"; }`,
	"tree git by commit":        `fetchTree { type = "git"; url = "file://$DIR/repo"; rev = "$REV"; }`,
	"tree git URL":              `fetchTree "git+file://$DIR/repo?rev=$REV"`,
	"tree git with changes":     `fetchTree "git+file://$DIR/dirty"`,
	"tree path":                 `fetchTree { type = "path"; path = "$DIR/plain"; }`,
	"tree path URL":             `fetchTree "path:$DIR/plain"`,
	"tree of an archive":        `fetchTree "file://$DIR/one.tar.gz"`,
	"tree of a file":            `fetchTree "file+file://$DIR/one.tar.gz"`,
	"tree of a zip archive":     `removeAttrs (fetchTree "file://$DIR/one.zip") [ "lastModified" "lastModifiedDate" ]`,
	"tarball":                   `{ outPath = fetchTarball "file://$DIR/one.tar.gz"; }`,
	"tarball with a name":       `{ outPath = fetchTarball { url = "file://$DIR/one.tar.gz"; name = "named"; }; }`,
	"tarball of several":        `{ outPath = fetchTarball "file://$DIR/flat.tar"; }`,
	"tarball with links":        `{ outPath = fetchTarball "file://$DIR/links.tar"; }`,
	"tarball with empty folder": `{ outPath = fetchTarball "file://$DIR/empty.tar"; }`,
	"file":                      `{ outPath = builtins.fetchurl "file://$DIR/one.tar.gz"; }`,
	"file with a name":          `{ outPath = builtins.fetchurl { url = "file://$DIR/one.tar.gz"; name = "x"; }; }`,
	"file in a string":          `{ outPath = "${builtins.fetchurl "file://$DIR/one.tar.gz"}"; c = builtins.getContext (builtins.fetchurl "file://$DIR/one.tar.gz"); }`,
	"flake":                     `removeAttrs (builtins.getFlake "git+file://$DIR/repo") [ "inputs" "outputs" "sourceInfo" "_type" ]`,
	"parse":                     `builtins.parseFlakeRef "git+file://$DIR/repo?ref=x&shallow=1"`,
	"write":                     `builtins.flakeRefToString { type = "git"; url = "file:///x"; shallow = true; dir = "a/b"; }`,
	"read from a tree":          `builtins.readFile "${fetchGit $DIR/repo}/bin/tool"`,

	"error: branch":            `fetchGit { url = $DIR/repo; ref = "nope"; }`,
	"error: repository":        `fetchGit "file://$DIR/nothing"`,
	"error: attribute":         `fetchGit { url = $DIR/repo; colour = "red"; }`,
	"error: no type":           `fetchTree { url = $DIR/repo; }`,
	"error: name":              `fetchTree { type = "path"; path = "$DIR/plain"; name = "x"; }`,
	"error: kind":              `fetchTree { type = "path"; path = [ ]; }`,
	"error: negative":          `fetchTree { type = "path"; path = "$DIR/plain"; revCount = -1; }`,
	"error: no scheme":         `fetchTree "nixpkgs"`,
	"error: tarball argument":  `fetchTarball { url = "file://$DIR/one.tar.gz"; colour = 1; }`,
	"error: tarball without":   `fetchTarball { name = "x"; }`,
	"error: hash of a tarball": `fetchTarball { url = "file://$DIR/one.tar.gz"; sha256 = "0000000000000000000000000000000000000000000000000000"; }`,
	"error: hash of a file":    `builtins.fetchurl { url = "file://$DIR/one.tar.gz"; sha256 = "0000000000000000000000000000000000000000000000000000"; }`,
	"error: hash of git":       `fetchGit { url = $DIR/repo; narHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; }`,
	"error: hash of a path":    `fetchTree { type = "path"; path = "$DIR/plain"; narHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; }`,
}

// reworded lists the errors that berth puts into other words: C++ Nix says
// the expected and the real hash in the wrong order, and names error codes of a
// library.
var reworded = map[string]string{
	"error: hash of git":    "NAR hash mismatch in input",
	"error: hash of a path": "NAR hash mismatch in input",
	"error: branch":         "resolving Git reference 'nope': revspec 'nope' not found",
}

// prepareSources makes the folder of sources.
func prepareSources(t *testing.T) (dir, rev string) {
	dir = filepath.Join(t.TempDir(), "work")
	writeFiles(t, txtar.Parse([]byte(sources)), dir)
	at := func(name string) string { return filepath.Join(dir, name) }
	command(t, dir, "chmod", "+x", "repo/bin/tool")
	for _, name := range []string{"repo", "dirty"} {
		git(t, at(name), "init", "-q", "-b", "main", ".")
		commit(t, at(name))
	}
	command(t, dir, "sh", "-c", "echo changed >> dirty/file && git init -q -b main super && git -C super -c protocol.file.allow=always submodule add -q file://$PWD/repo sub 2>&1")
	commit(t, at("super"))
	git(t, at("new"), "init", "-q", "-b", "main", ".")
	git(t, at("new"), "add", ".")
	command(t, dir, "sh", "-c", "git clone -q --bare repo bare.git && git -C bare.git branch side")
	command(t, dir, "sh", "-c", `tar -C arch --mtime=@1600000000 -czf one.tar.gz one &&
		tar -C repo --mtime=@1600000000 -cf flat.tar bin doc flake.nix &&
		mkdir -p links/d && echo x > links/d/f && ln links/d/f links/d/g && ln -s ../nothing links/d/h && chmod 700 links/d/f && tar --sort=name --mtime=@1600000000 -cf links.tar links &&
		mkdir -p empty/a/b empty/c && tar --mtime=@1600000000 -cf empty.tar empty &&
		python3 -c 'import zipfile; zipfile.ZipFile("one.zip", "w").write("arch/one/a", "one/a")'`)
	settle(t, dir)
	out := commandOutput(t, at("repo"), "git", "rev-parse", "HEAD")
	return dir, strings.TrimSpace(out)
}

// lastError takes the innermost message out of what a tool printed.
func lastError(stderr string) string {
	i := strings.LastIndex(stderr, "error: ")
	if i < 0 {
		return ""
	}
	line, _, _ := strings.Cut(stderr[i+len("error: "):], "\n")
	return regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(line, "")
}

func TestFetchers(t *testing.T) {
	nix := oracle.Open(t)
	dir, rev := prepareSources(t)
	berth := runBerth(t.TempDir())
	for name, expression := range expressions {
		t.Run(name, func(t *testing.T) {
			expression := strings.NewReplacer("$DIR", dir, "$REV", rev).Replace(expression)
			show := `let v = ` + expression + `; in if builtins.isAttrs v && v ? outPath then { path = v.outPath; attrs = removeAttrs v [ "outPath" ]; } else { inherit v; }`
			wantOut, wantErr, wantOK := runNix(nix)(t, dir, []string{"eval", "--json", "--impure", "--expr", show})
			gotOut, gotErr, gotOK := berth(t, dir, []string{"eval", "--json", "--strict", "-E", show})
			if wantOK == strings.HasPrefix(name, "error: ") {
				t.Fatalf("C++ Nix: %s", wantErr)
			}
			if wantOK != gotOK {
				t.Fatalf("C++ Nix: %v, berth: %v\n%s\n%s", wantOK, gotOK, wantErr, gotErr)
			}
			if diff := cmp.Diff(record(t, wantOut), record(t, gotOut)); diff != "" {
				t.Errorf("(-nix +berth):\n%s", diff)
			}
			if want, got := lastError(wantErr), lastError(gotErr); reworded[name] != "" {
				if !strings.HasPrefix(want, reworded[name]) || !strings.HasPrefix(got, reworded[name]) {
					t.Errorf("C++ Nix: %s\nberth:   %s", want, got)
				}
			} else if want != got && !wantOK {
				t.Errorf("C++ Nix: %s\nberth:   %s", want, got)
			}
		})
	}
}
