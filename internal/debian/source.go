package debian

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
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
