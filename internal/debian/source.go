package debian

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// DefaultRelease is the Debian release used where none is named.
const DefaultRelease = "trixie"

// Config says which archive a [Source] reads and where it keeps its caches.
type Config struct {
	CacheDir     string // holds the compact index and partial downloads
	Release      string // "trixie" (default), "bookworm", "sid", ...
	Architecture string // Debian's name: "amd64", "arm64"
	Mirror       string // addresses named by the user, separated by spaces
	Snapshot     string // address of a snapshot archive; empty: the public one
	AptDir       string // the host's /etc/apt; empty: do not look
	ListsDir     string // the host's /var/lib/apt/lists
	Keyring      []byte // instead of the embedded archive keyring
	Lock         *Lock  // records that come before those of the index
	Offline      bool   // use the caches only
	AcceptStale  bool   // take an index however long past its Valid-Until
	// RefreshAfter is the age at which a cached index is checked again when it
	// is needed; a failure of that check is not an error. Zero: never.
	RefreshAfter time.Duration
	Client       *http.Client // nil: one with the timeouts that suit
	// Proxy chooses the proxy for a request, as [http.ProxyFromEnvironment]
	// does; nil: none. A Client of the caller's has its own.
	Proxy    func(*http.Request) (*url.URL, error)
	Now      func() time.Time                        // nil: time.Now
	Progress func(subject string, done, total int64) // of index downloads; may be nil
}

// A Source answers questions about one Debian release and fetches its files.
// It is safe for concurrent use. The network is used only once something is
// asked that the lock and the caches cannot answer.
type Source struct {
	config  Config
	context context.Context // bounds downloads that answers need
	down    downloader
	slots   chan struct{} // bounds parallel downloads

	once  sync.Once
	index *Index
	state *indexState
	err   error

	mu            sync.Mutex
	used          map[string]Record
	usedEssential []string
}

// parallelDownloads bounds the requests of one process to the mirrors.
const parallelDownloads = 8

// Open returns the source that a configuration describes without touching the
// network or the caches. The context bounds everything the source does later.
func Open(ctx context.Context, config Config) (*Source, error) {
	if config.CacheDir == "" {
		return nil, errors.New("open Debian source: no cache directory")
	}
	if config.Lock != nil && len(config.Lock.Packages) > 0 {
		if config.Release == "" {
			config.Release = config.Lock.Release
		}
		if config.Lock.Release != config.Release || config.Lock.Architecture != config.Architecture {
			config.Lock = nil // it pins another archive
		}
	}
	if config.Release == "" {
		config.Release = DefaultRelease
	}
	if config.Architecture == "" || strings.ContainsAny(config.Release+config.Architecture, "/ ") {
		return nil, fmt.Errorf("open Debian source: release %q, architecture %q", config.Release, config.Architecture)
	}
	if config.Snapshot == "" {
		config.Snapshot = snapshotRoot
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Client == nil {
		config.Client = defaultClient(config.Proxy)
	}
	return &Source{
		config: config, context: ctx,
		down:  downloader{client: config.Client, offline: config.Offline, pause: 500 * time.Millisecond},
		slots: make(chan struct{}, parallelDownloads),
		used:  map[string]Record{},
	}, nil
}

func defaultClient(proxy func(*http.Request) (*url.URL, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 proxy,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		MaxIdleConnsPerHost:   parallelDownloads,
		ForceAttemptHTTP2:     true,
	}}
}

// Close releases the index.
func (s *Source) Close() error {
	s.once.Do(func() { s.err = errors.New("the Debian source is closed") })
	if s.index == nil {
		return nil
	}
	err := s.index.Close()
	s.index, s.err = nil, errors.New("the Debian source is closed")
	return err
}

// openIndex opens the index on first use, downloading it where needed.
func (s *Source) openIndex() (*Index, error) {
	s.once.Do(func() {
		index, state, err := s.loadOrUpdate(s.context)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.index, s.state, s.err = index, state, err
	})
	return s.index, s.err
}

// lazyIndex is the index as a universe that is opened by its first question.
type lazyIndex struct{ s *Source }

func (l lazyIndex) Package(name string) (Record, bool, error) {
	x, err := l.s.openIndex()
	if err != nil {
		return Record{}, false, err
	}
	return x.Package(name)
}

func (l lazyIndex) Providers(name string) ([]Provider, error) {
	x, err := l.s.openIndex()
	if err != nil {
		return nil, err
	}
	return x.Providers(name)
}

// universes returns the lock, where there is one, before the index.
func (s *Source) universes() []Universe {
	if s.config.Lock != nil {
		return []Universe{s.config.Lock, lazyIndex{s}}
	}
	return []Universe{lazyIndex{s}}
}

// Lookup returns the record of a package; false when there is none.
func (s *Source) Lookup(name string) (Record, bool, error) {
	for _, u := range s.universes() {
		r, ok, err := u.Package(name)
		if ok || err != nil {
			return r, ok, err
		}
	}
	return Record{}, false, nil
}

// Resolve returns the dependency closure of names, sorted by name, and
// remembers it for [Source.UsedLock]. See the function [Resolve].
func (s *Source) Resolve(names []string) ([]Record, error) {
	closure, err := s.resolve(names)
	var missing *MissingError
	if errors.As(err, &missing) {
		missing.Near = s.Suggest(missing.Name)
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range closure {
		s.used[r.Name] = r
	}
	return closure, nil
}

// resolve tells the resolver that /usr is merged, as it always is in our
// roots: bookworm's default would be a package that merges it, with all of
// Perl.
func (s *Source) resolve(names []string) ([]Record, error) {
	const merges, isMerged = "usrmerge", "usr-is-merged"
	closure, err := Resolve(names, s.universes()...)
	if err != nil || slices.Contains(names, merges) {
		return closure, err
	}
	if slices.ContainsFunc(closure, func(r Record) bool { return r.Name == merges }) {
		return Resolve(append([]string{isMerged}, names...), s.universes()...)
	}
	return closure, nil
}

// Essential returns the names of the packages every Debian system has,
// sorted.
func (s *Source) Essential() ([]string, error) {
	names, err := s.essential()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.usedEssential = names
	return slices.Clone(names), nil
}

func (s *Source) essential() ([]string, error) {
	if s.config.Lock != nil && len(s.config.Lock.Essential) > 0 {
		return s.config.Lock.Essential, nil
	}
	x, err := s.openIndex()
	if err != nil {
		return nil, err
	}
	return x.Essential(), nil
}

// Suggest returns package names that look like a misspelt one, the nearest
// first; none where there is no index.
func (s *Source) Suggest(name string) []string {
	x, err := s.openIndex()
	if err != nil {
		return nil
	}
	return near(name, x.Names)
}

// Names returns the names of all packages that begin with prefix, sorted; those
// of the lock where there is no index.
func (s *Source) Names(prefix string) ([]string, error) {
	var names []string
	add := func(name string) bool {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
		return true
	}
	x, err := s.openIndex()
	switch {
	case err == nil:
		x.Names(add)
	case s.config.Lock == nil:
		return nil, err
	default:
		for _, r := range s.config.Lock.Packages {
			add(r.Name)
		}
	}
	return names, nil
}

// Search returns the records whose name or synopsis contains every word,
// sorted by name.
func (s *Source) Search(words []string) ([]Record, error) {
	x, err := s.openIndex()
	if err != nil {
		return nil, err
	}
	var found []Record
	err = x.Records(func(r Record) bool {
		text := strings.ToLower(r.Name + " " + r.Description)
		for _, w := range words {
			if !strings.Contains(text, strings.ToLower(w)) {
				return true
			}
		}
		found = append(found, r)
		return true
	})
	return found, err
}

// Freshness says how current the index is that answers; nothing where only a
// lock has answered so far.
func (s *Source) Freshness() []Freshness {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == nil {
		return nil
	}
	var all []Freshness
	for _, suite := range s.state.Suites {
		all = append(all, freshness(suite.Suite, suite.Date, suite.ValidUntil, s.config.Now()))
	}
	return all
}

// UsedLock returns the lock that pins everything resolved so far.
func (s *Source) UsedLock() *Lock {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &Lock{Release: s.config.Release, Architecture: s.config.Architecture, Essential: s.usedEssential}
	switch {
	case s.state != nil:
		for _, suite := range s.state.Suites {
			l.Suites = append(l.Suites, SuiteLock{suite.Suite, suite.Date, suite.InReleaseSHA256})
		}
	case s.config.Lock != nil:
		l.Suites = s.config.Lock.Suites
	}
	for _, r := range s.used {
		l.Packages = append(l.Packages, r)
	}
	slices.SortFunc(l.Packages, func(a, b Record) int { return strings.Compare(a.Name, b.Name) })
	return l
}

// Fetch downloads a file of the pool to target, unless target already exists,
// and verifies its digest and size. Interrupted downloads continue. What the
// mirrors have dropped is sought in the snapshot archive.
func (s *Source) Fetch(ctx context.Context, path, sha256 string, size int64, target string, progress func(done, total int64)) error {
	if !filepath.IsLocal(path) {
		return fmt.Errorf("fetch %q: not a path of the pool", path)
	}
	if info, err := os.Stat(target); err == nil && info.Size() == size {
		return nil
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	places, dates := s.places()
	return s.down.file(ctx, path, places.poolAddresses(path, s.config.Snapshot, dates), want{sha256, size}, target, progress)
}

// places returns the mirrors, those that served an index first, and the dates
// at which the snapshot archive is worth asking.
func (s *Source) places() (mirrors, []time.Time) {
	all := candidateMirrors(s.config.Mirror, s.config.AptDir, s.config.ListsDir)
	var dates []time.Time
	if s.config.Lock != nil {
		dates = s.config.Lock.dates()
	}
	state, err := readState(s.stateFile())
	if err != nil {
		return all, dates
	}
	for _, suite := range state.Suites {
		dates = append(dates, suite.Date)
	}
	if state.Named == s.config.Mirror {
		all = all.preferred(state.Mirrors)
	}
	return all, dates
}
