package store

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth.dev/test/oracle"
)

// differentialExpression has derivations of every kind with one static builder.
const differentialExpression = `
let
  sh = "${builtins.path { path = ./bb; name = "bb"; }}/busybox";
  system = builtins.currentSystem;
  make = name: script: extra: derivation ({
    inherit name system; builder = sh; args = [ "sh" "-c" script ];
    PATH = tools; } // extra);
  tools = derivation { name = "tools"; inherit system; builder = sh;
    args = [ "sh" "-c" "${sh} mkdir -p $out && for x in mkdir cp cat ln chmod echo env sort tail touch sh ls wc id sed; do ${sh} ln -s ${sh} $out/$x; done" ]; };
  text = make "text" "echo hello > $out" { };
  env = make "env" "env | sort > $out" { A = "a b"; B = [ 1 "two" true null ]; C = ''two
lines''; };
in {
  inherit text env tools;
  tree = make "tree" "mkdir -p $out/d/e; echo x > $out/d/x; echo '#!' > $out/p; chmod 700 $out/p; chmod 600 $out/d/x; ln -s ../p $out/d/l; ln -s /nowhere $out/dangling" { };
  empty = make "empty" "mkdir $out" { };
  refs = make "refs" "echo ${text} ${env} > $out" { };
  onlySome = make "only-some" "echo ${text} > $out; cat ${env} > /dev/null" { };
  self = make "self" "echo $out > $out" { };
  selfBinary = make "self-binary" "mkdir $out; echo -n \${out#/nix/store/} > $out/x; ln -s $out/x $out/y" { };
  outputs = make "outputs" "echo $dev > $out; mkdir $dev; echo lib > $lib" { outputs = [ "out" "dev" "lib" ]; };
  usesDev = let o = make "o" "echo $dev > $out; echo dev > $dev" { outputs = [ "out" "dev" ]; }; in make "uses-dev" "cat ${o.dev} > $out; echo ${o} >> $out" { };
  passed = make "passed" "cp $bigPath $out; echo >> $out; cat $emptyPath >> $out" { passAsFile = [ "big" "empty" ]; big = "text in a file"; empty = ""; };
  structured = make "structured" ". $NIX_ATTRS_SH_FILE; cat $NIX_ATTRS_JSON_FILE > \${outputs[out]}" { __structuredAttrs = true; args = [ "sh" "-c" "${sh} cat /build/.attrs.json > /nix/store/$(${sh} sed 's/.*\"out\":\"\\/nix\\/store\\/\\([^\"]*\\)\".*/\\1/' /build/.attrs.json)" ]; a = 1; b = [ "x" { y = 2; } ]; c.d = null; e = 1.5; };
  structuredShell = make "structured-shell" "" { __structuredAttrs = true; args = [ "sh" "-c" "${sh} cat /build/.attrs.sh > /nix/store/$(${sh} sed 's/.*\"out\":\"\\/nix\\/store\\/\\([^\"]*\\)\".*/\\1/' /build/.attrs.json)" ]; list = [ "a b" "c'd" ]; set = { k = "v"; }; flag = true; off = false; n = 7; nothing = null; };
  graph = make "graph" "cat graph > $out" { exportReferencesGraph = [ "graph" (make "refs" "echo ${text} ${env} > $out" { }) ]; };
  flat = make "flat" "echo -n flat > $out" { outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "sha256-XcJ68of6VUqhD+yd6Nckp5ZFcvH/0kwrAOGjqGDOdnk="; };
  recursive = make "recursive" "mkdir $out" { outputHashMode = "recursive"; outputHashAlgo = "sha256"; outputHash = "0sjjj9z1dhilhpc8pq4154czrb79z9cm044jvn75kxcjv6v5l2m5"; };
  home = make "home" "echo $HOME $TMPDIR $PWD $NIX_BUILD_TOP $NIX_STORE > $out" { };
  who = make "who" "id -u > $out; id -g >> $out; cat /etc/passwd /etc/group /etc/hosts >> $out" { };
  root = make "root" "ls / > $out; ls /dev | sort >> $out" { };
  allowed = make "allowed" "echo ${text} > $out" { allowedReferences = [ text ]; };
  disallowed = make "disallowed" "echo none > $out" { disallowedReferences = [ text ]; };
  umask = make "umask" "touch $out" { };
  special = make "special" "mkdir $out; touch \"$out/a b\" \"$out/ü\" \"$out/.hidden\"; echo > \"$out/caf\303\251\"" { };
  exec = make "exec" "cp $PATH/sh $out; chmod 755 $out" { };
  big = make "big" "mkdir $out; for i in 1 2 3 4 5 6 7 8 9; do env > $out/$i; ln $out/$i $out/hard-$i; done" { };
  addressed = make "addressed" "echo content > $out" { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
  addressedSelf = make "addressed-self" "mkdir $out; echo $out > $out/self; ln -s $out/self $out/l" { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
  addressedOutputs = make "addressed-outputs" "echo $dev > $out; echo $dev > $dev" { outputs = [ "out" "dev" ]; __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; };
  deferred = let ca = make "ca" "echo ${text} > $out" { __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; }; in make "deferred" "cat ${ca} > $out; echo ${ca} >> $out" { };
  addressedFlat = make "addressed-flat" "echo flat > $out" { __contentAddressed = true; outputHashMode = "flat"; outputHashAlgo = "sha256"; };
}`

// busybox returns a folder in which bb/busybox is a static program.
func (b *berth) busybox() string {
	b.t.Helper()
	busybox := b.build("pkgs.debian.busybox-static")
	static := strings.TrimSpace(b.read(busybox + "/nix-support/main-parts"))
	program := b.read(static + "/root/usr/bin/busybox")
	dir := b.t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bb"), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bb/busybox"), []byte(program), 0o755); err != nil {
		b.t.Fatal(err)
	}
	return dir
}

func TestCheckComparesBuilds(t *testing.T) {
	b := shared(t)
	b.needDebian()
	dir, own := b.busybox(), fresh(t)
	for script, same := range map[string]bool{"echo always > $out": true, "read x < /proc/sys/kernel/random/uuid; echo $x > $out": false} {
		expression := fmt.Sprintf(`derivation { name = "x"; system = builtins.currentSystem; builder = "${builtins.path { path = %s/bb; name = "bb"; }}/busybox"; args = [ "sh" "-c" %q ]; }`, dir, script)
		own.run("build", "--no-link", "-E", expression)
		status, _, stderr := own.try("build", "--no-link", "--check", "-E", expression)
		if (status == 0) != same || !same && !strings.Contains(stderr, "may not be deterministic") {
			t.Errorf("%s: exit status %d, %s", script, status, stderr)
		}
	}
}

// object is what is compared of a path.
type object struct {
	NARHash    string
	References []string
	Modes      map[string]string
}

func TestSameOutputsAsNix(t *testing.T) {
	b := shared(t)
	b.needDebian()
	if os.Geteuid() != 0 {
		t.Skip("needs root: C++ Nix builds in a sandbox over a store of its own only as root")
	}
	n := oracle.Open(t)
	dir := b.busybox()
	file := filepath.Join(dir, "default.nix")
	if err := os.WriteFile(file, []byte(differentialExpression), 0o644); err != nil {
		t.Fatal(err)
	}
	own := fresh(t)
	compared := 0
	for _, name := range strings.Fields(own.run("eval", "--raw", "--extra-experimental-features", "ca-derivations", "-E", fmt.Sprintf("toString (builtins.attrNames (import %s))", file))) {
		t.Run(name, func(t *testing.T) {
			own.t = t
			expression := fmt.Sprintf(`(import %s).%s`, file, name)
			theirs, theirErr := buildWithNix(t, n, expression)
			status, ours, stderr := own.try("build", "--no-link", "--print-out-paths", "--extra-experimental-features", "ca-derivations", "-E", fmt.Sprintf("let d = %s; in map (o: d.${o}) (d.outputs or [ \"out\" ])", expression))
			if theirErr != nil || status != 0 {
				t.Fatalf("Nix: %v\nberth: %d %s", theirErr, status, stderr)
			}
			if theirs, ours := sortedLines(theirs), sortedLines(ours); theirs != ours {
				t.Fatalf("paths differ:\nNix   %s\nberth %s", theirs, ours)
			}
			for _, p := range strings.Fields(ours) {
				want, got := objectOf(t, n.StateDir(), p, nixInfo(t, n, p)), objectOf(t, own.state, p, own.info(p))
				if fmt.Sprint(want) != fmt.Sprint(got) {
					t.Errorf("%s differs:\nNix   %+v\nberth %+v\n%s\n---\n%s", p, want, got, show(n.StateDir(), p), show(own.state, p))
				}
				compared++
			}
		})
	}
	if compared < 25 {
		t.Errorf("only %d outputs were compared", compared)
	}
	t.Logf("%d outputs have the same paths, hashes, references and modes", compared)
}

func sortedLines(text string) string {
	lines := strings.Fields(text)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func show(state, p string) string {
	text, err := os.ReadFile(filepath.Join(state, p))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func buildWithNix(t *testing.T, n *oracle.Nix, expression string) (string, error) {
	t.Helper()
	command := n.Command("nix", "build", "--no-link", "--print-out-paths", "--impure", "--expr", fmt.Sprintf("let d = %s; in map (o: d.${o}) (d.outputs or [ \"out\" ])", expression),
		"--extra-experimental-features", "nix-command ca-derivations", "--option", "build-hook", "", "--option", "sandbox", "true", "--option", "sandbox-paths", "")
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return strings.TrimSpace(string(out)), nil
}

func nixInfo(t *testing.T, n *oracle.Nix, p string) listed {
	t.Helper()
	var all map[string]listed
	out, err := n.Command("nix", "path-info", "--json", "--json-format", "1", p).Output()
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		t.Fatalf("path-info: %v %s", err, out)
	}
	return all[p]
}

type listed struct {
	Path       string   `json:"path"`
	NARHash    string   `json:"narHash"`
	References []string `json:"references"`
}

func (b *berth) info(p string) listed {
	b.t.Helper()
	var all struct{ Paths []listed }
	if err := json.Unmarshal([]byte(b.run("store", "ls", "--json")), &all); err != nil {
		b.t.Fatal(err)
	}
	for _, one := range all.Paths {
		if one.Path == p {
			return one
		}
	}
	b.t.Fatalf("%s is not in the store", p)
	return listed{}
}

func objectOf(t *testing.T, state, p string, info listed) object {
	t.Helper()
	o := object{NARHash: info.NARHash, References: info.References, Modes: map[string]string{}}
	err := filepath.WalkDir(filepath.Join(state, p), func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := os.Lstat(name)
		if err == nil {
			o.Modes[strings.TrimPrefix(name, state)] = fmt.Sprint(info.Mode(), info.ModTime().Unix())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}
