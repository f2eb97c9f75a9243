package binarycache

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"berth.dev/internal/store"
)

// SecretKey signs what a cache says about paths.
type SecretKey struct {
	Name string
	key  ed25519.PrivateKey
}

// PublicKey checks signatures of the secret key of the same name.
type PublicKey struct {
	Name string
	key  ed25519.PublicKey
}

// GenerateKey makes a key; names are often those of hosts with a number, as in
// cache.example.org-1.
func GenerateKey(name string) (SecretKey, error) {
	if name == "" || strings.ContainsAny(name, ": \t\n") {
		return SecretKey{}, fmt.Errorf("'%s' is no name for a key: it must not be empty or have colons or spaces", name)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return SecretKey{name, key}, err
}

// ParseSecretKey reads "name:base64", as nix key generate-secret writes it.
func ParseSecretKey(text string) (SecretKey, error) {
	name, bytes, err := splitKey(text, ed25519.PrivateKeySize)
	return SecretKey{name, bytes}, err
}

// ParsePublicKey reads "name:base64".
func ParsePublicKey(text string) (PublicKey, error) {
	name, bytes, err := splitKey(text, ed25519.PublicKeySize)
	return PublicKey{name, bytes}, err
}

func splitKey(text string, size int) (string, []byte, error) {
	name, encoded, ok := strings.Cut(strings.TrimSpace(text), ":")
	if !ok || name == "" {
		return "", nil, fmt.Errorf("a key has the form name:base64")
	}
	bytes, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil && len(bytes) != size {
		err = fmt.Errorf("it has %d bytes instead of %d", len(bytes), size)
	}
	if err != nil {
		return "", nil, fmt.Errorf("key '%s': %w", name, err)
	}
	return name, bytes, nil
}

// String returns the secret key as it is kept in files.
func (k SecretKey) String() string { return k.Name + ":" + base64.StdEncoding.EncodeToString(k.key) }

// Public returns the key that others need to trust this one.
func (k SecretKey) Public() PublicKey {
	return PublicKey{k.Name, k.key.Public().(ed25519.PublicKey)}
}

// String returns the public key as it is given to those who shall trust it.
func (k PublicKey) String() string { return k.Name + ":" + base64.StdEncoding.EncodeToString(k.key) }

// Fingerprint is the text that is signed: what of a path must not be changed.
func Fingerprint(info *store.Info) string {
	references := make([]string, len(info.References))
	for i, p := range info.References {
		references[i] = p.String()
	}
	return "1;" + info.Path.String() + ";" + info.NARHash.Algorithm().String() + ":" + info.NARHash.Nix32() + ";" +
		strconv.FormatInt(info.NARSize, 10) + ";" + strings.Join(references, ",")
}

// Sign returns the signature of what is known about a path.
func (k SecretKey) Sign(info *store.Info) string {
	return k.Name + ":" + base64.StdEncoding.EncodeToString(ed25519.Sign(k.key, []byte(Fingerprint(info))))
}

// Trust says whose word is taken.
type Trust struct {
	Keys []PublicKey
	// Everyone takes every word: what is copied is not checked for signatures.
	Everyone bool
}

// Accepts reports whether a path may come from a stranger: somebody trusted
// signed it, or its path itself says what its contents must be. That they are
// is found out when they come.
func (t Trust) Accepts(info *store.Info) bool {
	return t.Everyone || isAddressedRight(info) || t.isSigned(info)
}

func (t Trust) isSigned(info *store.Info) bool {
	for _, signature := range info.Signatures {
		name, encoded, _ := strings.Cut(signature, ":")
		bytes, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		for _, key := range t.Keys {
			if key.Name == name && ed25519.Verify(key.key, []byte(Fingerprint(info)), bytes) {
				return true
			}
		}
	}
	return false
}

// isAddressedRight reports whether the path follows from the content address.
func isAddressedRight(info *store.Info) bool {
	if info.Address.IsZero() {
		return false
	}
	p, err := info.Address.Path(info.Path.Name(), info.AddressReferences())
	return err == nil && p == info.Path
}
