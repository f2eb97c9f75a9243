package nixpkgs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"berth.dev/internal/debian"
	"berth.dev/internal/description"
	"berth.dev/internal/instantiate"
	"berth.dev/nix/eval"
)

// archive is a package archive of a few packages that depend on nothing; every
// name in it exists once, with contents that are never fetched.
type archive struct{ names []string }

func newArchive() archive {
	return archive{strings.Fields(`aardvark-dns catatonit conmon containerd crun docker-cli docker.io fuse-overlayfs
		iptables kmod netavark passt podman runc slirp4netns uidmap base-files bash bzip2 ca-certificates coreutils curl dash dbus diffutils findutils gawk
		grep gzip hello hostname iproute2 iptables iputils-arping iputils-ping iputils-tracepath jq less libc-bin libc6 libpam-systemd dbus-user-session login mount
		bsdutils debianutils fdisk net-tools netbase netcat-openbsd nftables nginx openssh-client openssh-server passwd perl
		postgresql-17 postgresql-17-pgvector postgresql-client-17 procps python3 python3-psycopg python3-yaml rsync sed
		strace systemd systemd-sysv tar util-linux xz-utils zstd binutils gcc g++ libc6-dev make patch sudo tzdata`)}
}

func (a archive) Lookup(name string) (debian.Record, bool, error) {
	for _, known := range a.names {
		if known == name {
			return debian.Record{
				Name: name, Version: "1.0-1", Architecture: "amd64", Description: "the package " + name,
				SHA256: strings.Repeat("0", 64), Size: 1, Path: "pool/main/x/" + name + "/" + name + "_1.0-1_amd64.deb",
			}, true, nil
		}
	}
	return debian.Record{}, false, nil
}

func (a archive) Resolve(names []string) ([]debian.Record, error) {
	var records []debian.Record
	for _, name := range names {
		record, ok, _ := a.Lookup(name)
		if !ok {
			return nil, &debian.MissingError{Name: name}
		}
		records = append(records, record)
	}
	return records, nil
}

func (a archive) Essential() ([]string, error) {
	return []string{"base-files", "bash", "coreutils"}, nil
}
func (a archive) Suggest(string) []string { return nil }

func (a archive) Names(prefix string) ([]string, error) {
	var names []string
	for _, name := range a.names {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	return names, nil
}

// newEvaluator returns an evaluator and the expression of the embedded set.
func newEvaluator(t *testing.T) (*eval.Evaluator, string) {
	t.Helper()
	session, err := instantiate.NewSession(context.Background(), instantiate.Config{Packages: newArchive(), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := session.Mounts.Embedded("")
	if err != nil {
		t.Fatal(err)
	}
	return session.Evaluator, fmt.Sprintf(`import %s { system = "x86_64-linux"; }`, embedded.Path)
}

// TestNixpkgs runs the tests of tests/: values that must be equal, and
// evaluations that must fail with a message that says certain things.
func TestNixpkgs(t *testing.T) {
	ev, packages := newEvaluator(t)
	directory, err := filepath.Abs("tests")
	if err != nil {
		t.Fatal(err)
	}
	tests, err := ev.EvalString(fmt.Sprintf("import %s { nixpkgs = %s; }", directory, packages), directory)
	if err != nil {
		t.Fatal(err)
	}
	if err := ev.Force(tests); err != nil {
		t.Fatal(err)
	}
	for _, test := range ev.Attrs(tests) {
		t.Run(test.Name, func(t *testing.T) {
			if err := ev.Force(test.Value); err != nil {
				t.Fatal(err)
			}
			if failing := member(ev, test.Value, "failing"); failing != nil {
				checkFailure(t, ev, test.Value, failing)
				return
			}
			checkValue(t, ev, test.Value)
		})
	}
}

// TestExamples evaluates the tests of the examples and reads what comes out as
// the right half of berth does.
func TestExamples(t *testing.T) {
	for name, machines := range map[string]int{"services": 2, "tutorial": 2, "private-network": 1} {
		t.Run(name, func(t *testing.T) {
			ev, packages := newEvaluator(t)
			directory, err := filepath.Abs("../examples/" + name)
			if err != nil {
				t.Fatal(err)
			}
			systems, err := ev.EvalString(fmt.Sprintf(exampleSystems, packages, directory), directory)
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Test    string            `json:"test"`
				Systems []json.RawMessage `json:"systems"`
			}
			if err := json.Unmarshal([]byte(printed(t, ev, systems)), &got); err != nil {
				t.Fatal(err)
			}
			test, err := description.DecodeTest([]byte(got.Test), name)
			if err != nil {
				t.Fatal(err)
			}
			if len(test.Machines) != machines {
				t.Errorf("the test has %d machines, expected %d", len(test.Machines), machines)
			}
			for _, text := range got.Systems {
				if _, err := description.DecodeSystem(text, name); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// exampleSystems is the description of an example's test and those of all its
// systems, containers included.
const exampleSystems = `
let
  pkgs = %s;
  inputs = {
    self = flake;
    nixpkgs.legacyPackages = { x86_64-linux = pkgs; };
    flake-utils.lib = import (pkgs.path + "/flake-utils");
  };
  inherit (import (%s + "/flake.nix")) outputs;
  flake = outputs (builtins.intersectAttrs (builtins.functionArgs outputs) inputs);
  test = flake.checks.x86_64-linux.default;
  inside = config: [ config.system.build.description ]
    ++ builtins.concatMap (c: inside c.config) (builtins.attrValues config.containers);
in {
  test = builtins.unsafeDiscardStringContext test.drvAttrs.test;
  systems = builtins.concatMap inside (builtins.attrValues test.nodes);
}`

func checkValue(t *testing.T, ev *eval.Evaluator, test *eval.Value) {
	value, expected := member(ev, test, "value"), member(ev, test, "expected")
	equal, err := ev.Equal(value, expected)
	if err != nil {
		t.Fatal(err)
	}
	if !equal {
		t.Errorf("value is\n%s\nexpected\n%s", printed(t, ev, value), printed(t, ev, expected))
	}
}

func checkFailure(t *testing.T, ev *eval.Evaluator, test, failing *eval.Value) {
	err := ev.ForceDeep(failing)
	if err == nil {
		t.Fatalf("evaluates to\n%s\nbut should fail", printed(t, ev, failing))
	}
	mentions := member(ev, test, "mentions")
	if err := ev.ForceDeep(mentions); err != nil {
		t.Fatal(err)
	}
	for _, element := range mentions.List() {
		text, _, textErr := ev.String(element)
		if textErr != nil {
			t.Fatal(textErr)
		}
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the message does not mention %q:\n%s", text, err)
		}
	}
}

// member returns an attribute of a test, not evaluated, or nil.
func member(ev *eval.Evaluator, set *eval.Value, name string) *eval.Value {
	for _, attr := range ev.Attrs(set) {
		if attr.Name == name {
			return attr.Value
		}
	}
	return nil
}

func printed(t *testing.T, ev *eval.Evaluator, v *eval.Value) string {
	t.Helper()
	text, err := ev.JSON(v, true)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
