package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"berth.dev/internal/catalogue"
	"github.com/google/go-cmp/cmp"
)

// fixed is a small catalogue.
type fixed struct{ file string }

func (fixed) Options() []catalogue.Option {
	return []catalogue.Option{
		{Name: "containers", Type: "attribute set of (submodule)", Description: "Native containers."},
		{Name: "containers.<name>.autoStart", Type: "boolean", Default: "false", Description: "Whether to start at boot."},
		{Name: "services.postgresql.enable", Type: "boolean", Default: "false", Description: "Whether to run it.", Declarations: []string{"nixpkgs/modules/pg.nix"}},
		{Name: "services.postgresql.package", Type: "package", Description: "The package."},
		{Name: "services.nginx.enable", Type: "boolean", Description: "Whether to run it."},
	}
}

func (fixed) Packages() []catalogue.Package {
	return []catalogue.Package{{Name: "curl", Version: "8.14", Description: "Transfers data"}, {Name: "jq", Version: "1.7", Description: "Queries JSON"}}
}
func (fixed) DebianNames(prefix string) []string { return []string{prefix + "-a", prefix + "-b"} }
func (fixed) Library() []string                  { return []string{"mkIf", "mkForce"} }
func (f fixed) SourceFile(string) (string, bool) { return f.file, f.file != "" }

// exchange sends messages and returns the answers.
func exchange(t *testing.T, c Catalogue, sent ...string) []string {
	t.Helper()
	var in, out bytes.Buffer
	for _, text := range sent {
		fmt.Fprintf(&in, "Content-Length: %d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%s", len(text), text)
	}
	if err := New(&in, &out, c, "test").Run(context.Background()); err != nil && !errors.Is(err, ErrNoShutdown) {
		t.Fatal(err)
	}
	var received []string
	for out.Len() > 0 {
		var length int
		if _, err := fmt.Fscanf(&out, "Content-Length: %d\r\n\r\n", &length); err != nil {
			t.Fatal(err)
		}
		received = append(received, string(out.Next(length)))
	}
	return received
}

// TestTranscripts replays testdata/*.jsonl: lines with > go to the server, lines
// with < are what it answers, in this order.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var sent []string
			var want []any
			for line := range strings.Lines(string(text)) {
				switch {
				case strings.HasPrefix(line, "> "):
					sent = append(sent, strings.TrimSpace(line[2:]))
				case strings.HasPrefix(line, "< "):
					want = append(want, decoded(t, line[2:]))
				}
			}
			var got []any
			for _, answer := range exchange(t, fixed{}, sent...) {
				got = append(got, decoded(t, answer))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("answers differ (-want +got):\n%s", diff)
			}
		})
	}
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// ask opens a document in which | marks the place, and asks about that.
func request(t *testing.T, c Catalogue, method, marked string) json.RawMessage {
	t.Helper()
	offset := strings.Index(marked, "|")
	text := marked[:offset] + marked[offset+1:]
	at := lines{text}.position(offset)
	encode := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	answers := exchange(t, c,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///m.nix","version":1,"text":`+encode(text)+`}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"`+method+`","params":{"textDocument":{"uri":"file:///m.nix"},"position":`+encode(at)+`}}`,
	)
	var m struct{ Result json.RawMessage }
	if err := json.Unmarshal([]byte(answers[len(answers)-1]), &m); err != nil {
		t.Fatal(err)
	}
	return m.Result
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"{ services.|", "nginx postgresql"},
		{"{ services.postgresql.|", "enable package"},
		{"{ services.postgresql = { ena|", "enable"},
		{"{ config, ... }: { config = lib.mkIf x { services = { n| } }; }", "nginx"},
		{"{ nixosConfigurations.a = nixosSystem { modules = [ { services.| } ]; }; }", "nginx postgresql"},
		{"{ containers.web = { autoStart = true; config = { services.postgresql.e| = 1; }; }; }", "enable"},
		{"{ containers.web.a|", "autoStart"},
		{"{ x = config.services.postgresql.p|; }", "package"},
		{"{ x = pkgs.c|; }", "curl"},
		{"{ x = pkgs.debian.lib|; }", "lib-a lib-b"},
		{"{ x = with pkgs; [ j| ]; }", "jq"},
		{"{ x = lib.mk|", "mkForce mkIf"},
		{"{ x = builtins.hasA|; }", "hasAttr"},
		{"let set = { one = 1; two = 2; }; in set.t|", "two"},
		{"let set = { one = { inner = 1; }; }; in set.one.|", "inner"},
		{"let longName = 1; in long|", "longName"},
	} {
		var list completionList
		if err := json.Unmarshal(request(t, fixed{}, "textDocument/completion", c.text), &list); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, item := range list.Items {
			got = append(got, item.Label)
		}
		if joined := strings.Join(got, " "); joined != c.want {
			t.Errorf("%s is completed by %q, want %q", c.text, joined, c.want)
		}
	}
}

func TestDefinition(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"let a = 1; in |a", "0:4"},
		{"let a = 1; in { inherit |a; }", "0:4"},
		{"{ a, b ? |a }: b", "0:2"},
		{"x: y: x + |y", "0:3"},
		{"args@{ ... }: |args", "0:0"},
		{"rec { a = 1; b = |a; }", "0:6"},
		{"let s = { in1 = { deep = 1; }; }; in s.in1.|deep", "0:18"},
		{"let a = 1; in let a = 2; in |a", "0:18"},
		{"let é = 1; in /* 𝄞 */ 1", ""},
		{"{ services.postgresql.|enable = true; }", "2:0"},
		{"{ x = config.services.postgresql.|enable; }", "2:0"},
	} {
		if !strings.Contains(c.text, "|") {
			continue
		}
		file := filepath.Join(t.TempDir(), "pg.nix")
		if err := os.WriteFile(file, []byte("{\n  options.services.postgresql = {\n    enable = lib.mkEnableOption \"x\";\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		var place *location
		if err := json.Unmarshal(request(t, fixed{file}, "textDocument/definition", c.text), &place); err != nil {
			t.Fatal(err)
		}
		got := ""
		if place != nil {
			got = fmt.Sprintf("%d:%d", place.Range.Start.Line, place.Range.Start.Character)
		}
		if got != c.want {
			t.Errorf("%s is defined at %q, want %q", c.text, got, c.want)
		}
	}
}

func TestHover(t *testing.T) {
	for text, want := range map[string]string{
		"{ services.postgresql.en|able = 1; }": "**services.postgresql.enable**",
		"{ containers.web.auto|Start = 1; }":   "Whether to start at boot.",
		"builtins.ma|p":                        "builtins.map function list",
		"thr|ow \"x\"":                         "builtins.throw message",
		"{ x = pkgs.c|url; }":                  "**curl** 8.14",
		"{ x = with pkgs; [ j|q ]; }":          "Queries JSON",
		"let long = 1 + 2; in lo|ng":           "long = 1 + 2; in long",
		"1 |+ 2":                               "",
	} {
		var found *hover
		if err := json.Unmarshal(request(t, fixed{}, "textDocument/hover", text), &found); err != nil {
			t.Fatal(err)
		}
		got := ""
		if found != nil {
			got = found.Contents.Value
		}
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s is described as %q, want %q", text, got, want)
		}
	}
}

func TestUndefinedVariables(t *testing.T) {
	for text, want := range map[string][]string{
		"{ a, ... }@args: a + args.b + c":              {"c"},
		"with x; y":                                    {"x"},
		"let a = b; b = a; in builtins.map toString a": nil,
		"{ inherit a; }":                               {"a"},
		"rec { a = 1; b = { inherit a; }; inherit (b) c; d = c; }": nil,
		"{ a = 1; b = a; }":      {"a"},
		"<nixpkgs> + -1 * 2 < 3": nil,
	} {
		var got []string
		globals := New(nil, nil, fixed{}, "").globals
		for _, f := range newDocument("file:///x.nix", text).findings(globals) {
			got = append(got, text[f.Range.Start.Character:f.Range.End.Character])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s lacks %q, want %q", text, got, want)
		}
	}
}

func TestPositions(t *testing.T) {
	l := lines{"aé𝄞b\nx"}
	for offset, want := range map[int]position{0: {0, 0}, 1: {0, 1}, 3: {0, 2}, 7: {0, 4}, 8: {0, 5}, 9: {1, 0}, 10: {1, 1}} {
		if got := l.position(offset); got != want {
			t.Errorf("byte %d is at %v, want %v", offset, got, want)
		}
		if got := l.offset(want); got != offset {
			t.Errorf("%v is byte %d, want %d", want, got, offset)
		}
	}
}

// FuzzCursor checks that no text and place is too much.
func FuzzCursor(f *testing.F) {
	f.Add("{ a.b = [ (x: { c", 10)
	f.Add("let in } ] with pkgs;", 20)
	f.Fuzz(func(t *testing.T, text string, offset int) {
		if offset < 0 || offset > len(text) {
			return
		}
		s := New(nil, io.Discard, fixed{}, "")
		d := newDocument("file:///x.nix", text)
		d.findings(s.globals)
		s.documents[d.uri] = d
		p := placeParams{documentID{d.uri}, lines{text}.position(offset)}
		if _, err := s.completion(p); err != nil {
			t.Error(err)
		}
		if _, err := s.hover(p); err != nil {
			t.Error(err)
		}
		if _, err := s.definition(p); err != nil {
			t.Error(err)
		}
	})
}
