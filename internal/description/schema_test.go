package description

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the schemas in docs/reference")

// TestSchema holds the published JSON schemas to the types, and to their
// comments, which are the documentation of the fields.
func TestSchema(t *testing.T) {
	comments := readComments(t)
	for name, root := range map[string]reflect.Type{
		"system": reflect.TypeFor[System](), "test": reflect.TypeFor[Test](),
	} {
		g := schemaWriter{comments: comments, definitions: map[string]any{}}
		g.define(root)
		schema := map[string]any{
			"$schema": "https://json-schema.org/draft/2020-12/schema",
			"title":   "berth " + name + " description, version 1",
			"$ref":    "#/$defs/" + root.Name(),
			"$defs":   g.definitions,
		}
		text, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, '\n')
		file := filepath.Join("../../docs/reference", name+".schema.json")
		if *update {
			if err := os.WriteFile(file, text, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		published, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(published, text) {
			t.Errorf("%s does not say what the types say; run: go test ./internal/description -update", file)
		}
	}
}

// schemaWriter makes a definition for each type.
type schemaWriter struct {
	comments    map[string]string // by Type or Type.Field
	definitions map[string]any
}

func (g *schemaWriter) define(t reflect.Type) {
	if _, ok := g.definitions[t.Name()]; ok {
		return
	}
	properties := map[string]any{}
	object := map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	g.definitions[t.Name()] = object
	if c := g.comments[t.Name()]; c != "" {
		object["description"] = c
	}
	var required []string
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		property := g.schema(f.Type)
		if c := g.comments[owner(t, f)+"."+f.Name]; c != "" {
			property["description"] = c
		}
		properties[name] = property
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	if required != nil {
		object["required"] = required
	}
}

// owner names the type that a field was declared in.
func owner(t reflect.Type, f reflect.StructField) string {
	for _, i := range f.Index[:len(f.Index)-1] {
		t = t.Field(i).Type
	}
	return t.Name()
}

func (g *schemaWriter) schema(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return g.schema(t.Elem())
	case reflect.Struct:
		g.define(t)
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": g.schema(t.Elem())}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": g.schema(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	}
	return map[string]any{"type": "integer"}
}

// readComments returns the comments of types and fields in this package.
func readComments(t *testing.T) map[string]string {
	t.Helper()
	comments := map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				commentsOf(g, comments)
			}
		}
	}
	return comments
}

func commentsOf(g *ast.GenDecl, comments map[string]string) {
	spec := g.Specs[0].(*ast.TypeSpec)
	comments[spec.Name.Name] = oneLine(g.Doc)
	s, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range s.Fields.List {
		for _, n := range f.Names {
			comments[spec.Name.Name+"."+n.Name] = oneLine(f.Doc)
		}
	}
}

func oneLine(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
