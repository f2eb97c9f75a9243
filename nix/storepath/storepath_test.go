package storepath

import (
	"strings"
	"testing"

	"berth.dev/nix/hash"
)

// The expected paths were computed by C++ Nix 2.34.

func TestText(t *testing.T) {
	a := text(t, "a.txt", "hello")
	b := text(t, "b.txt", "see "+a.String(), a)
	c := text(t, "c.txt", "see "+a.String()+" "+b.String(), b, a, b)
	for _, p := range []struct {
		got  Path
		want string
	}{
		{a, "/nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt"},
		{b, "/nix/store/ilgmy1rgkh8pkq35dw96plirp0918pcm-b.txt"},
		{c, "/nix/store/pgp7mzx98br5ffjsv29gvhr5ki686f2p-c.txt"},
	} {
		if p.got.String() != p.want {
			t.Errorf("got %s, want %s", p.got, p.want)
		}
	}
}

func text(t *testing.T, name, content string, references ...Path) Path {
	t.Helper()
	p, err := Text(name, content, references)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAddressPath(t *testing.T) {
	hello := hash.SumString(hash.SHA256, "hello")
	tree, err := hash.Parse("332130291edfacb9095f20930189a100201e9adda1e04b33028d3896d12eefca", hash.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		address Address
		want    string
	}{
		{"f", Address{FlatMethod, hello}, "/nix/store/4c6wsvi6cnq8h7ibg70pv68bi43y92xs-f"},
		{"f", Address{NARMethod, hello}, "/nix/store/aj9d7nkaqrf7k6smhizv83fcgb1apm8n-f"},
		{"f", Address{NARMethod, hash.SumString(hash.MD5, "")}, "/nix/store/n51bxjq1dbixzyd2pwk96yd6mc698kx9-f"},
		{"f", Address{FlatMethod, hash.Zero(hash.SHA256)}, "/nix/store/zpncywkm9d9isz2ld7nirj16v8ads0a2-f"},
		{"x", Address{NARMethod, tree}, "/nix/store/mydivsscdmlnb3pjc4n1y3dlvzs0v3gd-x"},
	} {
		got, err := c.address.Path(c.name, References{})
		if err != nil || got.String() != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.address, got, err, c.want)
		}
		back, err := ParseAddress(c.address.String())
		if err != nil || back != c.address {
			t.Errorf("address %s came back as %s, %v", c.address, back, err)
		}
	}
}

func TestFixedOutputRefusesReferences(t *testing.T) {
	a := text(t, "a.txt", "hello")
	_, err := Address{FlatMethod, hash.SumString(hash.SHA256, "")}.Path("f", References{Others: []Path{a}})
	if err == nil || !strings.HasPrefix(err.Error(), "fixed output derivation 'f' is not allowed to refer to other store paths.") {
		t.Fatalf("got %v", err)
	}
}

func TestPlaceholder(t *testing.T) {
	if got := Placeholder("out"); got != "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9" {
		t.Fatalf("got %s", got)
	}
}

func TestParse(t *testing.T) {
	const good = "/nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt"
	p, err := Parse(good)
	if err != nil || p.String() != good || p.Name() != "a.txt" || p.Digest() != "wzflyq5q9kjg4p27yck2nnispnblxsnh" {
		t.Fatalf("Parse: %v, %v", p, err)
	}
	q, rest, err := Split(good + "/bin/sh")
	if err != nil || q != p || rest != "/bin/sh" {
		t.Fatalf("Split: %v %q %v", q, rest, err)
	}
	for _, c := range []struct{ text, err string }{
		{"/foo", "path '/foo' is not in the Nix store"},
		{"/nix/store/", "path '/nix/store/' is not in the Nix store"},
		{"/nix/store/foo", "'foo' is too short to be a valid store path"},
		{"/nix/store/zzzqif9n4cq4fdg459qzbhg1c6wywaww-", "path 'zzzqif9n4cq4fdg459qzbhg1c6wywaww-' is not a valid store path: name must not be empty"},
		{"/nix/store/ezzqif9n4cq4fdg459qzbhg1c6wywaww-a", "store path 'ezzqif9n4cq4fdg459qzbhg1c6wywaww-a' contains illegal base-32 character 'e'"},
		{good + "/bin", "path '" + good + "/bin' is not in the Nix store"},
	} {
		if _, err := Parse(c.text); err == nil || err.Error() != c.err {
			t.Errorf("Parse(%q):\n got %v\nwant %s", c.text, err, c.err)
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, good := range []string{"a", ".x", "...-a", "a+b-c._?=9", strings.Repeat("a", 211)} {
		if err := CheckName(good); err != nil {
			t.Errorf("CheckName(%q) = %v", good, err)
		}
	}
	for _, c := range []struct{ name, err string }{
		{"", "name must not be empty"},
		{"a b", "name 'a b' contains illegal character ' '"},
		{".", "name '.' is not valid"},
		{"..", "name '..' is not valid"},
		{".-a", "name '.-a' is not valid: first dash-separated component must not be '.'"},
		{"..-a", "name '..-a' is not valid: first dash-separated component must not be '..'"},
		{strings.Repeat("a", 212), "name '" + strings.Repeat("a", 212) + "' must be no longer than 211 characters"},
	} {
		if err := CheckName(c.name); err == nil || err.Error() != c.err {
			t.Errorf("CheckName(%q):\n got %v\nwant %s", c.name, err, c.err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("/nix/store/wzflyq5q9kjg4p27yck2nnispnblxsnh-a.txt")
	f.Add("/nix/store/..")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err == nil && (p.String() != text || strings.Contains(p.Base(), "/")) {
			t.Errorf("%q was read as %q", text, p)
		}
	})
}
