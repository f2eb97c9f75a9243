package store

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// A program in C is built with a whole compiler; what it needs is found by
// looking at it, and the compiler is not among that.
func TestProgramInCNeedsNoCompiler(t *testing.T) {
	b := shared(t)
	b.needDebian()
	b.write("src/main.c", `#include <stdio.h>
#include <zlib.h>
int main(void) { printf("zlib %.1s\n", zlibVersion()); return 0; }
`)
	b.write("src/Makefile", "hello: main.c\n\tgcc -g -o $@ $< $(shell pkg-config --libs zlib)\ninstall: hello\n\tinstall -D hello $(PREFIX)/bin/hello\n\tinstall -D tool $(PREFIX)/bin/tool\n")
	b.write("src/tool", "#!/usr/bin/env bash\necho tool\n")
	b.write("default.nix", `{ pkgs }: pkgs.stdenv.mkDerivation {
  pname = "hello-c"; version = "1"; src = ./src;
  outputs = [ "out" "doc" ];
  nativeBuildInputs = [ pkgs.pkg-config pkgs.makeWrapper ];
  buildInputs = [ pkgs.debian.zlib1g-dev ];
  postInstall = ''
    wrapProgram $out/bin/tool --set GREETING "it's set" --prefix PATH : /somewhere
    mkdir -p $out/share/doc/x && echo read me > $out/share/doc/x/README
  '';
}`)
	hello := b.build("import ./default.nix { inherit pkgs; }")
	parts := b.read(hello + "/nix-support/parts")
	for _, want := range []string{"-zlib1g_", "-libc6_"} {
		if !strings.Contains(parts, want) {
			t.Errorf("the parts lack %s:\n%s", want, parts)
		}
	}
	checkClosure(t, b, hello, []string{"zlib1g_", "libc6_", "-bash-"}, []string{"-gcc-14_", "-gcc-14.", "binutils", "zlib1g-dev", "libc6-dev"})
	ran := b.build(fmt.Sprintf(`pkgs.runCommand "ran" { } "${import ./default.nix { inherit pkgs; }}/bin/hello > $out; ${import ./default.nix { inherit pkgs; }}/bin/tool >> $out # %s"`, hello))
	if got := b.read(ran); got != "zlib 1\ntool\n" {
		t.Errorf("it printed %q", got)
	}
}

// checkClosure looks at the names in what a path needs.
func checkClosure(t *testing.T, b *berth, path string, with, without []string) {
	t.Helper()
	names := closureOf(t, b, path)
	for _, part := range with {
		if !strings.Contains(names, part) {
			t.Errorf("the closure of %s lacks %s:\n%s", path, part, names)
		}
	}
	for _, part := range without {
		if strings.Contains(names, part) {
			t.Errorf("the closure of %s has %s:\n%s", path, part, names)
		}
	}
}

func closureOf(t *testing.T, b *berth, path string) string {
	t.Helper()
	s := b.open()
	defer s.Close()
	closure, err := s.Closure(t.Context(), parsePath(t, path))
	if err != nil {
		t.Fatal(err)
	}
	var names strings.Builder
	for _, p := range closure {
		names.WriteString(p.String() + "\n")
	}
	return names.String()
}

// A Go proxy on loopback with one module.
func goProxy(t *testing.T) string {
	var module bytes.Buffer
	z := zip.NewWriter(&module)
	for name, text := range map[string]string{
		"go.mod": "module example.com/greet\n\ngo 1.21\n", "greet.go": "package greet\n\nfunc Hello() string { return \"hello from a module\" }\n",
	} {
		w, err := z.Create("example.com/greet@v1.0.0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/example.com/greet/@v/") {
		case "list":
			fmt.Fprintln(w, "v1.0.0")
		case "v1.0.0.info":
			fmt.Fprint(w, `{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z"}`)
		case "v1.0.0.mod":
			fmt.Fprint(w, "module example.com/greet\n\ngo 1.21\n")
		case "v1.0.0.zip":
			w.Write(module.Bytes())
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestProgramInGo(t *testing.T) {
	b := shared(t)
	b.needDebian()
	b.env["GOPROXY"], b.env["GOSUMDB"] = goProxy(t), "off"
	b.write("src/go.mod", "module example.com/app\n\ngo 1.21\n\nrequire example.com/greet v1.0.0\n")
	b.write("src/main.go", "package main\n\nimport \"example.com/greet\"\n\nfunc main() { println2(greet.Hello()) }\n")
	b.write("src/out.go", "package main\n\nimport (\n\t\"fmt\"\n\t_ \"os/user\"\n)\n\nfunc println2(s string) { fmt.Println(s) }\n")
	b.write("src/go.sum", goSum)
	expression := func(hash string) string {
		return fmt.Sprintf(`pkgs.buildGoModule { pname = "app"; version = "1"; src = ./src; vendorHash = %q; }`, hash)
	}
	status, _, stderr := b.try("build", "--no-link", "-E", "let pkgs = import <nixpkgs> { }; in "+expression(""))
	found := regexp.MustCompile(`got: +(sha256-\S+)`).FindStringSubmatch(stderr)
	if status == 0 || found == nil {
		t.Fatalf("without a hash: exit status %d\n%s", status, stderr)
	}
	app := b.build(expression(found[1]))
	checkClosure(t, b, app, []string{"-libc6_"}, []string{"golang", "gcc-14_", "-go-"})
	ran := b.build(fmt.Sprintf(`pkgs.runCommand "ran" { } "${%s}/bin/app > $out"`, expression(found[1])))
	if got := b.read(ran); got != "hello from a module\n" {
		t.Errorf("it printed %q", got)
	}
}

// What is fetched by hash comes from a server on loopback.
func TestFetchers(t *testing.T) {
	b := shared(t)
	b.needDebian()
	repository := b.build(`pkgs.runCommand "repository" { nativeBuildInputs = [ pkgs.git ]; } ''
    git init -q -b main work && cd work
    echo content > file && mkdir d && echo inner > d/inner
    export GIT_AUTHOR_DATE="2024-01-01T00:00:00Z" GIT_COMMITTER_DATE="2024-01-01T00:00:00Z"
    git add . && git -c user.name=x -c user.email=x@example.com commit -qm first && git tag v1
    cd .. && git clone -q --bare work $out && git -C $out update-server-info && rm -r $out/hooks
  ''`)
	mux := http.NewServeMux()
	mux.Handle("/o/r.git/", http.StripPrefix("/o/r.git/", http.FileServer(http.Dir(b.physical(repository)))))
	mux.HandleFunc("/o/r/archive/refs/tags/v1.tar.gz", func(w http.ResponseWriter, _ *http.Request) {
		w.Write(tarball(t, "r-1/", map[string]string{"file": "content\n", "d/inner": "inner\n"}))
	})
	mux.HandleFunc("/plain", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "plain text") })
	server := httptest.NewServer(mux)
	defer server.Close()
	// NAR of {d/inner, file}: all three ways give the same tree.
	tree := ""
	for _, c := range []struct{ name, arguments string }{
		{"fetchFromGitHub", `owner = "o"; repo = "r"; tag = "v1"; githubBase = "` + server.URL + `";`},
		{"fetchFromGitHub", `owner = "o"; repo = "r"; rev = "refs/tags/v1"; forceFetchGit = true; githubBase = "` + server.URL + `";`},
		{"fetchzip", `url = "` + server.URL + `/o/r/archive/refs/tags/v1.tar.gz";`},
		{"fetchgit", `url = "` + server.URL + `/o/r.git"; tag = "v1"; name = "source";`},
	} {
		if tree == "" {
			_, _, stderr := b.try("build", "--no-link", "-E", "let pkgs = import <nixpkgs> { }; in pkgs."+c.name+" { "+c.arguments+" hash = \"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"; }")
			found := regexp.MustCompile(`got: +(sha256-\S+)`).FindStringSubmatch(stderr)
			if found == nil {
				t.Fatalf("%s with a wrong hash: %s", c.name, stderr)
			}
			tree = found[1]
		}
		// An argument of its own makes each a build of its own although the path is the same.
		path := b.build("pkgs." + c.name + " { " + c.arguments + ` hash = "` + tree + `"; }`)
		if b.read(path+"/d/inner") != "inner\n" {
			t.Errorf("%s fetched something else", c.name)
		}
		b.run("store", "delete", path)
	}
	status, _, stderr := b.try("build", "--no-link", "-E", `(import <nixpkgs> { }).fetchurl { url = "`+server.URL+`/plain"; hash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; }`)
	if status == 0 || !strings.Contains(stderr, "hash mismatch") {
		t.Errorf("fetchurl with a wrong hash: %d %s", status, stderr)
	}
}

func tarball(t *testing.T, prefix string, files map[string]string) []byte {
	var archive bytes.Buffer
	packed := gzip.NewWriter(&archive)
	w := tar.NewWriter(packed)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: prefix + name, Mode: 0o644, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	packed.Close()
	return archive.Bytes()
}

// goSum is what the go command knows about the module of goProxy.
const goSum = `example.com/greet v1.0.0 h1:5CmgTql3/fAHqWRyAIn0DLFz6xm1mbFS3KX5amQL1JM=
example.com/greet v1.0.0/go.mod h1:rcTgdhGf2dvXrNywJG0jkV+0342RC7PiKN0YX33Ej6Y=
`
