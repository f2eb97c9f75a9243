package binarycache

import (
	"strings"
	"testing"

	"berth.dev/internal/store"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

func example() *NARInfo {
	p := storepath.MustParse(storepath.Dir + "/" + strings.Repeat("1", 32) + "-a")
	return &NARInfo{
		Info: store.Info{Path: p, NARHash: hash.SumString(hash.SHA256, "x"), NARSize: 120, References: []storepath.Path{p}},
		URL:  "nar/x.nar.xz", Compression: "xz",
	}
}

func TestNARInfoRoundTrip(t *testing.T) {
	key, err := GenerateKey("k-1")
	if err != nil {
		t.Fatal(err)
	}
	n := example()
	n.Signatures = []string{key.Sign(&n.Info)}
	got, err := ParseNARInfo(n.Text())
	if err != nil || got.Text() != n.Text() {
		t.Fatalf("%v\n%s", err, n.Text())
	}
	trust := Trust{Keys: []PublicKey{key.Public()}}
	if !trust.Accepts(&got.Info) {
		t.Error("a signed path is refused")
	}
	got.NARSize++
	if trust.Accepts(&got.Info) {
		t.Error("a changed path is accepted")
	}
}

func TestHostileNARInfos(t *testing.T) {
	good := example().Text()
	for _, c := range []struct{ from, to string }{
		{"URL: nar/", "URL: ../"}, {"URL: nar/", "URL: /etc/"}, {"URL: nar/", "URL: http://elsewhere/"}, {"URL: nar/", "URL: a/../../"},
		{"NarSize: 120", "NarSize: -1"}, {"NarSize: 120", "NarSize: 0"}, {"NarSize: 120", "NarSize: 99999999999999999999"},
		{"NarHash: sha256:", "NarHash: md5:"}, {"References: ", "References: ../../x "}, {"StorePath: /nix/store/", "StorePath: /nix/store/../"},
		{"StorePath: ", "Other: "}, {"Compression: ", "Compression "},
	} {
		if !strings.Contains(good, c.from) {
			t.Fatalf("the example lacks %q", c.from)
		}
		if _, err := ParseNARInfo(strings.Replace(good, c.from, c.to, 1)); err == nil {
			t.Errorf("accepted %q", c.to)
		}
	}
}

func FuzzParseNARInfo(f *testing.F) {
	f.Add(example().Text())
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNARInfo(text)
		if err != nil {
			return
		}
		if _, err := ParseNARInfo(n.Text()); err != nil {
			t.Errorf("%q is printed as %q: %v", text, n.Text(), err)
		}
	})
}
