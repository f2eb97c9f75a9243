package debian

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// archiveKeyring is Debian's own debian-archive-keyring.gpg, release 2025.1.
//
//go:embed keyring/debian-archive-keyring.gpg
var archiveKeyring []byte

// A Release is a verified InRelease file: what a suite contains and since
// when.
type Release struct {
	Origin, Label, Suite, Codename string
	Date                           time.Time
	ValidUntil                     time.Time // zero where the suite does not expire
	SHA256                         string    // of the InRelease file
	files                          map[string]indexFile
}

// indexFile is an entry of the SHA256 field.
type indexFile struct {
	sha256 string
	size   int64
}

// ReadRelease verifies the signature of an InRelease file with a keyring (the
// embedded archive keyring where nil) and reads it. Only signed text is
// looked at.
func ReadRelease(inRelease, keyring []byte, now time.Time) (*Release, error) {
	if keyring == nil {
		keyring = archiveKeyring
	}
	keys, err := readKeyring(keyring)
	if err != nil {
		return nil, err
	}
	block, _ := clearsign.Decode(inRelease)
	if block == nil {
		return nil, errors.New("read InRelease: it is not a signed message")
	}
	config := &packet.Config{Time: func() time.Time { return now }}
	if _, err := block.VerifySignature(keys, config); err != nil {
		return nil, fmt.Errorf("verify InRelease: %w", err)
	}
	stanzas, err := readStanzas(bytes.NewReader(block.Plaintext))
	if err != nil || len(stanzas) != 1 {
		return nil, fmt.Errorf("read InRelease: %d paragraphs instead of one (%w)", len(stanzas), err)
	}
	digest := sha256.Sum256(inRelease)
	return parseRelease(stanzas[0], hex.EncodeToString(digest[:]))
}

func readKeyring(keyring []byte) (openpgp.EntityList, error) {
	read := openpgp.ReadKeyRing
	if bytes.HasPrefix(keyring, []byte("-----BEGIN")) {
		read = openpgp.ReadArmoredKeyRing
	}
	keys, err := read(bytes.NewReader(keyring))
	if err != nil {
		return nil, fmt.Errorf("read archive keyring: %w", err)
	}
	return keys, nil
}

func parseRelease(stanza map[string]string, digest string) (*Release, error) {
	r := &Release{
		Origin: stanza["Origin"], Label: stanza["Label"], Suite: stanza["Suite"], Codename: stanza["Codename"],
		SHA256: digest, files: map[string]indexFile{},
	}
	var err error
	if r.Date, err = parseReleaseTime(stanza["Date"]); err != nil {
		return nil, fmt.Errorf("read InRelease: Date: %w", err)
	}
	if until := stanza["Valid-Until"]; until != "" {
		if r.ValidUntil, err = parseReleaseTime(until); err != nil {
			return nil, fmt.Errorf("read InRelease: Valid-Until: %w", err)
		}
	}
	for line := range strings.Lines(stanza["SHA256"]) {
		parts := strings.Fields(line)
		if len(parts) == 0 {
			continue
		}
		if len(parts) != 3 || len(parts[0]) != 64 {
			return nil, fmt.Errorf("read InRelease: SHA256 entry %q", line)
		}
		size, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read InRelease: SHA256 entry %q: %w", line, err)
		}
		r.files[parts[2]] = indexFile{parts[0], size}
	}
	return r, nil
}

func parseReleaseTime(s string) (time.Time, error) {
	return time.Parse("Mon, 02 Jan 2006 15:04:05 MST", s)
}

// describes reports whether the release is the one of a suite; a mirror could
// otherwise answer with a validly signed other one.
func (r *Release) describes(suite string) bool { return r.Codename == suite || r.Suite == suite }

// A Freshness says how current the index of a suite is.
type Freshness struct {
	Suite      string
	Date       time.Time
	ValidUntil time.Time     // zero where the suite does not expire
	Expired    time.Duration // time since ValidUntil; zero while it is valid
}

func freshness(suite string, date, validUntil, now time.Time) Freshness {
	f := Freshness{Suite: suite, Date: date, ValidUntil: validUntil}
	if !validUntil.IsZero() && now.After(validUntil) {
		f.Expired = now.Sub(validUntil)
	}
	return f
}

// staleTolerance is how long past its Valid-Until an index is still taken on
// first use without being asked for.
const staleTolerance = 30 * 24 * time.Hour

// A StaleError says that the only index to be had is past its Valid-Until.
type StaleError struct{ Freshness }

func (e *StaleError) Error() string {
	return fmt.Sprintf("the Debian index of %s was valid only until %s; the mirror may be held back",
		e.Suite, e.ValidUntil.Format(time.DateOnly))
}

// A RollbackError says that a mirror offers an older index than the one that
// was seen before.
type RollbackError struct {
	Suite         string
	Seen, Offered time.Time
}

func (e *RollbackError) Error() string {
	return fmt.Sprintf("the mirror offers the Debian index of %s from %s, older than the one from %s seen before",
		e.Suite, e.Offered.Format(time.DateTime), e.Seen.Format(time.DateTime))
}
