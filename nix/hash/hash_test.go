package hash

import (
	"bytes"
	"testing"
)

const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" // sha256 of "hello"

func TestSpellings(t *testing.T) {
	h := SumString(SHA256, "hello")
	for _, c := range []struct{ name, got, want string }{
		{"base16", h.Base16(), hello},
		{"nix32", h.Nix32(), "094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic"},
		{"base64", h.Base64(), "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},
		{"sri", h.SRI(), "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="},
		{"database", h.String(), "sha256:" + hello},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	want := SumString(SHA256, "hello")
	for _, text := range []string{
		hello,
		"sha256:" + hello,
		"sha256:2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824",
		"094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic",
		"sha256:094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic",
		"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
		"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
		"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ",
	} {
		got, err := Parse(text, SHA256)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v", text, got, err)
		}
	}
}

// The messages are those of C++ Nix 2.34, whose first line is part of the contract.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		text string
		want Algorithm
		err  string
	}{
		{hello, 0, "hash '" + hello + "' does not include a type, nor is the type otherwise known from context"},
		{"sha256:" + hello, MD5, "hash 'sha256:" + hello + "' should have type 'md5'"},
		{"sha256:abc", 0, "hash 'abc' has wrong length for hash algorithm 'sha256'"},
		{"sha256:sha256-abc", 0, "hash 'sha256-abc' has wrong length for hash algorithm 'sha256'"},
		{"LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ", SHA256, "hash 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ' has wrong length for hash algorithm 'sha256'"},
		{"sha257-LPJ", 0, "unknown hash algorithm 'sha257', expect 'blake3', 'md5', 'sha1', 'sha256', or 'sha512'"},
		{"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmC", 0, "invalid SRI hash 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmC', length 31 != expected length 32"},
		{"sha256-LPJNul+w!w4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", 0, "invalid SRI hash 'LPJNul+w!w4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=', length 0 != expected length 32"},
		{"sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOL=mCQ", 0, "invalid SRI hash 'LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOL=mCQ', length 30 != expected length 32"},
		{"sha256:zzzqif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic", 0, "invalid nix32 hash 'zzzqif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic', length 33 != expected length 32"},
		{"sha256:094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwiE", 0, "invalid nix32 hash '094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwiE', length 0 != expected length 32"},
		{"sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982g", 0, "invalid base16 hash '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982g', length 0 != expected length 32"},
	} {
		_, err := Parse(c.text, c.want)
		if err == nil || err.Error() != c.err {
			t.Errorf("Parse(%q):\n got %v\nwant %s", c.text, err, c.err)
		}
	}
}

func TestWriterCounts(t *testing.T) {
	w := NewWriter(SHA256)
	w.Write([]byte("hel"))
	w.Write([]byte("lo"))
	if w.Written() != 5 || w.Sum() != SumString(SHA256, "hello") {
		t.Fatalf("written %d, sum %v", w.Written(), w.Sum())
	}
}

func FuzzParse(f *testing.F) {
	f.Add("sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=")
	f.Add("sha1:zzzqif9n4cq4fdg459qzbhg1c6wywaww")
	f.Add("md5:d41d8cd98f00b204e9800998ecf8427e")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := Parse(text, 0)
		if err != nil {
			return
		}
		for _, again := range []string{h.SRI(), h.String(), h.Algorithm().String() + ":" + h.Nix32(), h.Algorithm().String() + ":" + h.Base64()} {
			if back, err := Parse(again, 0); err != nil || back != h {
				t.Errorf("Parse(%q) = %v, %v; want %v", again, back, err, h)
			}
		}
	})
}

func FuzzNix32(f *testing.F) {
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, data []byte) {
		back, err := DecodeNix32(EncodeNix32(data))
		if err != nil || !bytes.Equal(back, data) {
			t.Errorf("%x came back as %x, %v", data, back, err)
		}
	})
}
