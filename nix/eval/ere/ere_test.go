package ere

import (
	"errors"
	"reflect"
	"testing"
)

// What C++ Nix, with libstdc++, accepts and refuses.
func TestValidity(t *testing.T) {
	valid := []string{
		`\.`, `\\`, `\{`, `\^`, `a**`, `a|`, `|a`, `a||b`, `()`, `(|a)`, `a{1,}`, `a{0}`, `a{0,0}`, `}`, `a}`, `]`, `[]a]`, `[^]a]`,
		`[a-]`, `[-a]`, `[[:alpha:]]`, `[[.a.]]`, `[[=a=]]`, `[[.hyphen.]]`, `[\]]`, `[\n]`, `[a\]`, `a^b`, `a$b`, `(^a)`, `a+?`, `a{1}{2}`,
		`[--/]`, `[%--]`, `[[:d:]]`, `[[:w:]]`, `a{256}`, `a{1001}`, `[[a]`, `((a))`, ``,
	}
	for _, pattern := range valid {
		if _, err := Compile(pattern); err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
	}
	invalid := []string{
		`\d`, `\/`, `\]`, `\}`, `\-`, `\n`, `\1`, `(a)\1`, `*a`, `(*a)`, `a{`, `{`, `a{1`, `a{1,`, `a{1,2`, `a{,2}`, `a{2,1}`, `[]`, `[a`, `[a-`,
		`[b-a]`, `[[:foo:]]`, `^*`, `$*`, `(`, `)`, `a)`, `(a`, `(?:a)`, `[a-z-9]`, `[a--]`, `[[:alpha:]-z]`, `\`, `a\`, `[[.-.]]`, `\<a\>`, `\b`,
		`[[:word:]]`, `[[`, `[a[:]`, `[[:alpha:`, `[[:alpha`,
	}
	for _, pattern := range invalid {
		if _, err := Compile(pattern); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got error %v, want %v", pattern, err, ErrInvalid)
		}
	}
	if _, err := Compile(`a{100000}`); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large repetition: got error %v", err)
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          []int
	}{
		{"a", "a", []int{0, 1}},
		{"a", "ab", nil},
		{"a", "a\nb", nil},
		{"a.b", "a\nb", []int{0, 3}},
		{"(a|ab)(c|bcd)(d*)", "abcd", []int{0, 4, 0, 1, 1, 4, 4, 4}},
		{"(a)?b", "b", []int{0, 1, -1, -1}},
		{".", "é", nil},
		{"(.)(.)", "é", []int{0, 2, 0, 1, 1, 2}},
		{"[[:alpha:]]+", "é", nil},
		{`[\.]`, `\`, []int{0, 1}},
		{"a{1001}", "aaa", nil},
		{"a{2,3}", "aaa", []int{0, 3}},
	}
	for _, test := range tests {
		r, err := Compile(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Match(test.text); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q on %q: got %v, want %v", test.pattern, test.text, got, test.want)
		}
	}
}

func TestFind(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          [][]int
	}{
		{"a*", "baac", [][]int{{0, 0}, {1, 3}, {3, 3}, {4, 4}}},
		{"^b", "bb", [][]int{{0, 1}}},
		{"b$", "b\nb", [][]int{{2, 3}}},
		{"x", "abc", nil},
		{"é", "aéb", [][]int{{1, 3}}},
	}
	for _, test := range tests {
		r, err := Compile(test.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Find(test.text); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q in %q: got %v, want %v", test.pattern, test.text, got, test.want)
		}
	}
}

// Whatever the pattern, compiling returns, and offsets are inside the text.
func FuzzFind(f *testing.F) {
	f.Add("(a|b)*[c-d]{1,3}$", "abcd")
	f.Add("[[:alpha:]]\\.", "é.")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		r, err := Compile(pattern)
		if err != nil {
			return
		}
		for _, m := range r.Find(text) {
			for _, at := range m {
				if at < -1 || at > len(text) {
					t.Fatalf("%q in %q: offset %d", pattern, text, at)
				}
			}
		}
	})
}
