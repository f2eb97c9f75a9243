package debian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// indexState describes the compact index of a release that lies beside it.
type indexState struct {
	Index   string       `json:"index"` // file name
	Checked time.Time    `json:"checked"`
	Named   string       `json:"named"` // the mirror the user had named
	Mirrors mirrors      `json:"mirrors"`
	Suites  []suiteState `json:"suites"`
}

type suiteState struct {
	Suite           string    `json:"suite"`
	Date            time.Time `json:"date"`
	ValidUntil      time.Time `json:"validUntil"`
	InReleaseSHA256 string    `json:"inReleaseSHA256"`
	PackagesSHA256  string    `json:"packagesSHA256"`
}

// dir holds the index of the source's release: trixie-amd64.
func (s *Source) dir() string {
	return filepath.Join(s.config.CacheDir, s.config.Release+"-"+s.config.Architecture)
}

func (s *Source) stateFile() string { return filepath.Join(s.dir(), "state.json") }

func readState(path string) (*indexState, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var state indexState
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &state, nil
}

// loadOrUpdate opens the cached index, or makes it on first use.
func (s *Source) loadOrUpdate(ctx context.Context) (*Index, *indexState, error) {
	if x, state, err := s.load(); err == nil {
		age := s.config.Now().Sub(state.Checked)
		if s.config.Offline || s.config.RefreshAfter == 0 || age < s.config.RefreshAfter {
			return x, state, nil
		}
		if s.refresh(ctx, true) != nil {
			return x, state, nil
		}
		x.Close()
		return s.load()
	}
	if err := s.refresh(ctx, false); err != nil {
		return nil, nil, fmt.Errorf("read the package index of Debian %s: %w", s.config.Release, err)
	}
	return s.load()
}

func (s *Source) load() (*Index, *indexState, error) {
	state, err := readState(s.stateFile())
	if err != nil {
		return nil, nil, err
	}
	x, err := OpenIndex(filepath.Join(s.dir(), filepath.Base(state.Index)))
	return x, state, err
}

// Update fetches the current index. An index past its Valid-Until gives a
// [StaleError], one older than seen before a [RollbackError]; both leave the
// cached index as it is. A source that has already opened an index goes on
// answering from that one.
func (s *Source) Update(ctx context.Context) error {
	if err := s.refresh(ctx, true); err != nil {
		return fmt.Errorf("update the package index of Debian %s: %w", s.config.Release, err)
	}
	return nil
}

// refresh brings the cached index up to date under a lock between processes.
func (s *Source) refresh(ctx context.Context, strict bool) error {
	if err := os.MkdirAll(s.dir(), 0o755); err != nil {
		return err
	}
	unlock, err := lockFile(filepath.Join(s.dir(), "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	before, err := readState(s.stateFile())
	if err != nil {
		before = &indexState{}
	}
	u := update{s: s, strict: strict, before: before,
		candidates: candidateMirrors(s.config.Mirror, s.config.AptDir, s.config.ListsDir)}
	state, err := u.run(ctx)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	err = writeAtomically(s.stateFile(), func(w io.Writer) error { _, err := w.Write(text); return err })
	if err == nil {
		s.removeOtherIndexes(state.Index)
	}
	return err
}

func (s *Source) removeOtherIndexes(keep string) {
	old, _ := filepath.Glob(filepath.Join(s.dir(), "*.index"))
	for _, path := range old {
		if filepath.Base(path) != keep {
			os.Remove(path)
		}
	}
}

func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// An update is one run of refresh.
type update struct {
	s          *Source
	strict     bool // refuse what is past its Valid-Until
	before     *indexState
	candidates mirrors
}

// suiteFiles is a suite during an update: its mirror and Packages file.
type suiteFiles struct {
	suiteState
	base, file string
	size       int64
}

func (u *update) run(ctx context.Context) (*indexState, error) {
	state := &indexState{Checked: u.s.config.Now(), Named: u.s.config.Mirror}
	var suites []suiteFiles
	for _, suite := range SuitesOf(u.s.config.Release) {
		found, err := u.findSuite(ctx, suite)
		if err != nil {
			return nil, err
		}
		suites = append(suites, found)
		state.Suites = append(state.Suites, found.suiteState)
		if strings.HasSuffix(suite, "-security") {
			state.Mirrors.Security = append(state.Mirrors.Security, found.base)
		} else {
			state.Mirrors.Main = append(state.Mirrors.Main, found.base)
		}
	}
	state.Mirrors = state.Mirrors.distinct()
	state.Index = indexName(suites)
	path := filepath.Join(u.s.dir(), state.Index)
	if x, err := OpenIndex(path); err == nil {
		return state, x.Close()
	}
	return state, u.build(ctx, suites, path)
}

// indexName derives the name of the compact index from what it is made of.
func indexName(suites []suiteFiles) string {
	h := sha256.New()
	io.WriteString(h, indexMagic)
	for _, s := range suites {
		io.WriteString(h, s.PackagesSHA256)
	}
	return hex.EncodeToString(h.Sum(nil))[:32] + ".index"
}

// findSuite asks the mirrors in order for a valid InRelease of a suite.
func (u *update) findSuite(ctx context.Context, suite string) (suiteFiles, error) {
	var failures []error
	for _, base := range u.candidates.forSuite(suite) {
		found, err := u.readSuite(ctx, base, suite)
		if err == nil {
			return found, nil
		}
		if ctx.Err() != nil {
			return suiteFiles{}, ctx.Err()
		}
		failures = append(failures, fmt.Errorf("%s: %w", base, err))
	}
	return suiteFiles{}, fmt.Errorf("no mirror has a valid index of %s: %w", suite, errors.Join(failures...))
}

func (u *update) readSuite(ctx context.Context, base, suite string) (suiteFiles, error) {
	const maxInRelease = 16 << 20
	now := u.s.config.Now()
	text, err := u.s.down.bytes(ctx, base+"/dists/"+suite+"/InRelease", maxInRelease)
	if err != nil {
		return suiteFiles{}, err
	}
	release, err := ReadRelease(text, u.s.config.Keyring, now)
	if err != nil {
		return suiteFiles{}, err
	}
	if release.Origin != "Debian" || !release.describes(suite) {
		return suiteFiles{}, fmt.Errorf("it has %s %s instead of Debian %s", release.Origin, release.Codename, suite)
	}
	if err := u.judge(suite, release, now); err != nil {
		return suiteFiles{}, err
	}
	found := suiteFiles{base: base, suiteState: suiteState{
		Suite: suite, Date: release.Date, ValidUntil: release.ValidUntil, InReleaseSHA256: release.SHA256,
	}}
	for _, compression := range []string{".gz", ".xz"} {
		name := "main/binary-" + u.s.config.Architecture + "/Packages" + compression
		if f, ok := release.files[name]; ok {
			found.file, found.size, found.PackagesSHA256 = name, f.size, f.sha256
			return found, nil
		}
	}
	return suiteFiles{}, fmt.Errorf("it has no packages for architecture %s", u.s.config.Architecture)
}

// judge applies the rules about age.
func (u *update) judge(suite string, release *Release, now time.Time) error {
	for _, seen := range u.before.Suites {
		if seen.Suite == suite && release.Date.Before(seen.Date) {
			return &RollbackError{suite, seen.Date, release.Date}
		}
	}
	f := freshness(suite, release.Date, release.ValidUntil, now)
	if f.Expired > 0 && !u.s.config.AcceptStale && (u.strict || f.Expired > staleTolerance) {
		return &StaleError{f}
	}
	return nil
}

// build downloads the Packages files and writes the compact index.
func (u *update) build(ctx context.Context, suites []suiteFiles, path string) error {
	var readers []io.Reader
	for _, s := range suites {
		file := filepath.Join(u.s.dir(), s.PackagesSHA256+".packages")
		defer os.Remove(file)
		if err := u.fetchPackages(ctx, s, file); err != nil {
			return err
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		r, err := decompress(filepath.Ext(s.file), f, s.size)
		if err != nil {
			return fmt.Errorf("decompress %s of %s: %w", s.file, s.Suite, err)
		}
		defer r.Close()
		readers = append(readers, r)
	}
	return WriteIndex(path, readers...)
}

func (u *update) fetchPackages(ctx context.Context, s suiteFiles, file string) error {
	dir := s.base + "/dists/" + s.Suite + "/"
	addresses := []string{
		dir + filepath.Dir(s.file) + "/by-hash/SHA256/" + s.PackagesSHA256,
		dir + s.file,
	}
	progress := func(done, total int64) {
		if u.s.config.Progress != nil {
			u.s.config.Progress("package index of "+s.Suite, done, total)
		}
	}
	return u.s.down.file(ctx, s.Suite+"/"+s.file, addresses, want{s.PackagesSHA256, s.size}, file, progress)
}
