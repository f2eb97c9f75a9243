package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLSPKnowsTheEmbeddedSet asks for an option, its declaration, and members
// of lib, as an editor does.
func TestLSPKnowsTheEmbeddedSet(t *testing.T) {
	in, editor, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for _, message := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`,
		`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///m.nix","version":1,"text":"{ lib, ... }: { services.postgresql.enable = lib.mkF ; }"}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///m.nix"},"position":{"line":0,"character":38}}}`,
		`{"jsonrpc":"2.0","id":3,"method":"textDocument/definition","params":{"textDocument":{"uri":"file:///m.nix"},"position":{"line":0,"character":38}}}`,
		`{"jsonrpc":"2.0","id":4,"method":"textDocument/completion","params":{"textDocument":{"uri":"file:///m.nix"},"position":{"line":0,"character":52}}}`,
		`{"jsonrpc":"2.0","id":5,"method":"shutdown"}`,
		`{"jsonrpc":"2.0","method":"exit"}`,
	} {
		fmt.Fprintf(editor, "Content-Length: %d\r\n\r\n%s", len(message), message)
	}
	editor.Close()
	state := t.TempDir()
	var out, errs bytes.Buffer
	status := Run(context.Background(), Process{
		Args: []string{"lsp", "--offline"}, Stdin: in, Stdout: &out, Stderr: &errs, Dir: state,
		Getenv: func(name string) string { return map[string]string{"BERTH_STATE_DIR": state}[name] },
	})
	if status != exitOK {
		t.Fatalf("exit status %d: %s", status, &errs)
	}
	for _, want := range []string{"**services.postgresql.enable**", "modules/services/postgresql.nix", `"label":"mkForce"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in %s", want, &out)
		}
	}
	declared, err := filepath.Glob(filepath.Join(state, "cache/embedded/*/modules/services/postgresql.nix"))
	if err != nil || len(declared) != 1 {
		t.Errorf("the declaration cannot be opened: %v, %v", declared, err)
	}
}
