package main

import (
	"strings"
	"testing"
)

func run(t *testing.T, required []string, events ...string) (string, bool) {
	t.Helper()
	var out strings.Builder
	r := newReport(&out)
	if err := r.read(strings.NewReader(strings.Join(events, "\n"))); err != nil {
		t.Fatal(err)
	}
	ok := r.close(required)
	return out.String(), ok
}

const (
	pass = `{"Action":"pass","Package":"p","Test":"TestA"}`
	skip = `{"Action":"skip","Package":"p","Test":"TestB"}`
	why  = `{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:3: needs root\n"}`
	fail = `{"Action":"fail","Package":"p","Test":"TestC"}`
	said = `{"Action":"output","Package":"p","Test":"TestC","Output":"got 1, want 2\n"}`
)

func TestVerdict(t *testing.T) {
	tests := map[string]struct {
		required []string
		events   []string
		ok       bool
		want     string
	}{
		"pass":             {events: []string{pass}, ok: true, want: "1 passed, 0 failed, 0 skipped"},
		"skip":             {events: []string{pass, why, skip}, ok: true, want: "skipped p.TestB: b_test.go:3: needs root"},
		"required skipped": {required: []string{"p.TestB"}, events: []string{pass, why, skip}, want: "did not run: p.TestB"},
		"required absent":  {required: []string{"p.TestZ"}, events: []string{pass}, want: "1 passed, 1 failed, 0 skipped"},
		"required ran":     {required: []string{"p.TestA"}, events: []string{pass}, ok: true, want: "1 passed"},
		"fail":             {events: []string{said, fail, `{"Action":"fail","Package":"p"}`}, want: "got 1, want 2"},
		"package fails":    {events: []string{pass, `{"Action":"fail","Package":"q"}`}, want: "1 passed, 1 failed"},
		"again":            {events: []string{fail, `{"Action":"pass","Package":"p","Test":"TestC"}`}, ok: true, want: "passed only when run again: p.TestC"},
		"package again":    {events: []string{pass, `{"Action":"fail","Package":"q"}`, `{"Action":"pass","Package":"q"}`}, ok: true, want: "1 passed, 0 failed"},
		"fails twice":      {events: []string{fail, fail}, want: "0 passed, 1 failed"},
		"nothing ran":      {want: "0 passed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out, ok := run(t, tt.required, tt.events...)
			if ok != tt.ok || !strings.Contains(out, tt.want) {
				t.Errorf("ok is %v, want %v; output:\n%s", ok, tt.ok, out)
			}
		})
	}
}
