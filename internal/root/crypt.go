package root

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"strings"
)

// cryptAlphabet is the base-64 alphabet of crypt(3).
const cryptAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// cryptRounds is the number of rounds that the method has by default.
const cryptRounds = 5000

// hashPassword returns the crypt(3) string of a plain password by the SHA-512
// method. The salt follows from the account, so that a configuration always
// gives the same root; such passwords stand in the configuration anyway.
func hashPassword(account, password string) string {
	sum := sha256.Sum256([]byte("berth password salt\x00" + account + "\x00" + password))
	salt := hex.EncodeToString(sum[:])[:16]
	return "$6$" + salt + "$" + sha512Crypt(password, salt)
}

// sha512Crypt follows the steps of the specification of the method
// ("Unix crypt using SHA-256 and SHA-512", version 0.6).
func sha512Crypt(password, salt string) string {
	pass, n := []byte(password), len(password)
	b := sha512.Sum512([]byte(password + salt + password)) // steps 4 to 8
	a := sha512.New()                                      // steps 1 to 3 and 9 to 12
	a.Write(pass)
	a.Write([]byte(salt))
	a.Write(repeatTo(b[:], n))
	for bits := n; bits > 0; bits >>= 1 {
		if bits&1 != 0 {
			a.Write(b[:])
		} else {
			a.Write(pass)
		}
	}
	digest := a.Sum(nil)

	dp := sha512.Sum512([]byte(strings.Repeat(password, n))) // steps 13 to 16
	p := repeatTo(dp[:], n)
	ds := sha512.Sum512([]byte(strings.Repeat(salt, 16+int(digest[0])))) // steps 17 to 20
	s := repeatTo(ds[:], len(salt))

	for round := range cryptRounds { // step 21
		c := sha512.New()
		c.Write(either(round&1 != 0, p, digest))
		if round%3 != 0 {
			c.Write(s)
		}
		if round%7 != 0 {
			c.Write(p)
		}
		c.Write(either(round&1 != 0, digest, p))
		digest = c.Sum(nil)
	}
	return encodeCrypt(digest)
}

func either(condition bool, yes, no []byte) []byte {
	if condition {
		return yes
	}
	return no
}

// repeatTo repeats a digest to a length.
func repeatTo(digest []byte, length int) []byte {
	var out []byte
	for len(out) < length {
		out = append(out, digest[:min(len(digest), length-len(out))]...)
	}
	return out
}

// encodeCrypt writes the 64 bytes in the order of step 22: groups of three
// that lie 21 bytes apart, each group's start rotating.
func encodeCrypt(d []byte) string {
	var out strings.Builder
	emit := func(b2, b1, b0 byte, digits int) {
		w := uint(b2)<<16 | uint(b1)<<8 | uint(b0)
		for range digits {
			out.WriteByte(cryptAlphabet[w&0x3f])
			w >>= 6
		}
	}
	i, j, k := 0, 21, 42
	for range 21 {
		emit(d[i], d[j], d[k], 4)
		i, j, k = j+1, k+1, i+1
	}
	emit(0, 0, d[63], 2)
	return out.String()
}
