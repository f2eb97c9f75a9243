package hash

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// Nix32Alphabet lists the digits of Nix's base 32: no e, o, t and u.
const Nix32Alphabet = "0123456789abcdfghijklmnpqrsvwxyz"

// IsNix32 reports whether c is a digit of Nix's base 32.
func IsNix32(c byte) bool { return nix32Digit(c) >= 0 }

func nix32Digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c < 'a' || c > 'z' || c == 'e' || c == 'o' || c == 't' || c == 'u':
		return -1
	}
	digit := int(c-'a') + 10
	for _, skipped := range "eotu" {
		if c > byte(skipped) {
			digit--
		}
	}
	return digit
}

// EncodeNix32 writes bytes in Nix's base 32: the number is read as
// little-endian and printed from its most significant five bits down.
func EncodeNix32(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	length := (len(data)*8-1)/5 + 1
	text := make([]byte, length)
	for n := range length {
		bit := n * 5
		index, shift := bit/8, bit%8
		c := data[index] >> shift
		if index+1 < len(data) {
			c |= data[index+1] << (8 - shift)
		}
		text[length-1-n] = Nix32Alphabet[c&0x1f]
	}
	return string(text)
}

// DecodeNix32 reads what [EncodeNix32] writes. When the first digit has more
// bits than fit, the result is one byte longer than expected, as in C++ Nix.
func DecodeNix32(text string) ([]byte, error) {
	data := make([]byte, len(text)*5/8, len(text)*5/8+1)
	for n := range len(text) {
		c := text[len(text)-1-n]
		digit := nix32Digit(c)
		if digit < 0 {
			return nil, fmt.Errorf("invalid character in Nix32 (Nix's Base32 variation) string: '%c'", c)
		}
		bit := n * 5
		index, shift := bit/8, bit%8
		if index < len(data) {
			data[index] |= byte(digit << shift)
		} else if rest := byte(digit << shift); rest != 0 {
			data = append(data, rest)
		}
		carry := byte(digit >> (8 - shift))
		if index+1 < len(data) {
			data[index+1] |= carry
		} else if carry != 0 {
			data = append(data, carry)
		}
	}
	return data, nil
}

func encodeBase64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// decodeBase64 reads base 64 with or without padding; as in C++ Nix it stops
// at the first '=', skips newlines and ignores left-over bits.
func decodeBase64(text string) ([]byte, error) {
	text, _, _ = strings.Cut(text, "=")
	text = strings.ReplaceAll(text, "\n", "")
	if len(text)%4 == 1 {
		text = text[:len(text)-1]
	}
	return base64.RawStdEncoding.DecodeString(text)
}

// spelling is one way of writing a digest, with the name C++ Nix has for it in messages.
type spelling struct {
	name   string
	decode func(string) ([]byte, error)
}

func base16Spelling() spelling { return spelling{"base16", hex.DecodeString} }
func nix32Spelling() spelling  { return spelling{"nix32", DecodeNix32} }
func base64Spelling() spelling { return spelling{"Base64", decodeBase64} }
func sriSpelling() spelling    { return spelling{"SRI", decodeBase64} }

// spellingOf tells by its length which spelling a digest without "-" prefix has.
func spellingOf(digest string, size int) (spelling, bool) {
	switch len(digest) {
	case size * 2:
		return base16Spelling(), true
	case (size*8-1)/5 + 1:
		return nix32Spelling(), true
	case (size*4/3 + 3) &^ 3:
		return base64Spelling(), true
	}
	return spelling{}, false
}

// Parse reads a digest in any spelling, with or without its algorithm: plain
// "<digest>", "sha256:<digest>" or "sha256-<base 64>". want is the algorithm
// known from context, or 0; the text need not repeat it but may not differ.
func Parse(text string, want Algorithm) (Hash, error) {
	name, digest, prefixed := strings.Cut(text, ":")
	isSRI := false
	if !prefixed {
		name, digest, isSRI = strings.Cut(text, "-")
	}
	if !prefixed && !isSRI {
		if want == 0 {
			return Hash{}, fmt.Errorf("hash '%s' does not include a type, nor is the type otherwise known from context", text)
		}
		return ParseUnprefixed(text, want)
	}
	a, err := ParseAlgorithm(name)
	if err != nil {
		return Hash{}, err
	}
	if want != 0 && a != want {
		return Hash{}, fmt.Errorf("hash '%s' should have type '%s'", text, want)
	}
	if isSRI {
		return sriSpelling().parse(digest, a)
	}
	return ParseUnprefixed(digest, a)
}

// ParseUnprefixed reads a digest that stands without its algorithm.
func ParseUnprefixed(digest string, a Algorithm) (Hash, error) {
	s, ok := spellingOf(digest, a.Size())
	if !ok {
		return Hash{}, fmt.Errorf("hash '%s' has wrong length for hash algorithm '%s'", digest, a)
	}
	return s.parse(digest, a)
}

// ParseSRI reads the form "sha256-<base 64>" only.
func ParseSRI(text string) (Hash, error) {
	name, digest, ok := strings.Cut(text, "-")
	if !ok {
		return Hash{}, fmt.Errorf("hash '%s' is not SRI", text)
	}
	a, err := ParseAlgorithm(name)
	if err != nil {
		return Hash{}, err
	}
	return sriSpelling().parse(digest, a)
}

// parse decodes a digest; one that cannot be decoded counts as empty in the
// message, which C++ Nix does and users may have seen.
func (s spelling) parse(digest string, a Algorithm) (Hash, error) {
	data, err := s.decode(digest)
	if err != nil {
		data = nil
	}
	if len(data) != a.Size() {
		return Hash{}, fmt.Errorf("invalid %s hash '%s', length %d != expected length %d", s.name, digest, len(data), a.Size())
	}
	return New(a, data)
}
