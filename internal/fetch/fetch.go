// Package fetch turns locked and unlocked references into source trees: local
// folders, Git repositories, archives and single files by HTTP, and archives
// of the forges GitHub, GitLab and SourceHut.
//
// In comes a reference that says itself where it comes from (registries were
// asked before); out comes a [Source]: files that can be read, their NAR hash,
// and the reference that always stands for them. Everything fetched is kept in
// a cache by its hash, so that a locked reference is fetched once and can be
// used without a network from then on. Where the tree appears to the evaluator
// and when it is copied into the store is left to others.
//
// Bytes from elsewhere are hostile: archives are unpacked beneath an opened
// directory, entry by entry, with bounds on sizes and counts, and never
// through a link.
package fetch

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"strconv"
	"time"

	"berth.dev/nix/flake"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
)

// Config is what a Fetcher is made from.
type Config struct {
	// CacheDir keeps what was fetched.
	CacheDir string
	// Environ is the environment of Git.
	Environ []string
	// Offline answers from the cache only.
	Offline bool
	// Refresh asks again where a branch is, even if that was asked recently.
	Refresh bool
	// Client sends HTTP requests; nil is a plain one.
	Client *http.Client
	// Tokens are sent to forges, by host.
	Tokens map[string]string
	// Limits bound what is accepted; zero values are defaults.
	Limits Limits
	// Forge replaces "https://HOST" in the URLs of forges; for tests.
	Forge func(host string) string
	// Stall is how long an answer may bring nothing before it is given up;
	// zero is five minutes.
	Stall time.Duration
	// Warn is told what the user should know.
	Warn func(message string)
	// Now is the clock that says what was asked recently; nil is the real one.
	Now func() time.Time
}

// Limits bound what an answer of another machine may cost.
type Limits struct {
	Download int64 // bytes of one answer
	Unpacked int64 // bytes of one tree
	Entries  int   // files, links and directories of one tree
}

// Fetcher fetches source trees. It is safe for concurrent use.
type Fetcher struct {
	Config
	cache cache
}

// Source is a tree, or a single file, that can be read.
type Source struct {
	// FS shows the tree; for a single file, its root is the file.
	FS fs.FS
	// Digest is that of the tree's NAR.
	Digest hash.Hash
	// Origin is the directory on disk that was taken as it is, if any.
	Origin string
	// Locked always stands for this tree, if IsLocked is true of it.
	Locked flake.Reference
}

// New returns a Fetcher.
func New(c Config) *Fetcher {
	if c.Client == nil {
		c.Client = &http.Client{}
	}
	if c.Limits.Download == 0 {
		c.Limits.Download = 8 << 30
	}
	if c.Limits.Unpacked == 0 {
		c.Limits.Unpacked = 32 << 30
	}
	if c.Limits.Entries == 0 {
		c.Limits.Entries = 4 << 20
	}
	if c.Stall == 0 {
		c.Stall = 5 * time.Minute
	}
	if c.Forge == nil {
		c.Forge = func(host string) string { return "https://" + host }
	}
	if c.Warn == nil {
		c.Warn = func(string) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	client := *c.Client
	client.CheckRedirect = limitRedirects
	c.Client = &client
	return &Fetcher{Config: c, cache: cache{dir: c.CacheDir, now: c.Now}}
}

// Fetch makes a source tree readable.
func (f *Fetcher) Fetch(ctx context.Context, ref flake.Reference) (*Source, error) {
	if err := check(ref); err != nil {
		return nil, err
	}
	if source, ok := f.known(ref); ok {
		return source, nil
	}
	source, err := f.fetch(ctx, ref)
	if err != nil {
		return nil, err
	}
	return source, agree(ref, source)
}

func (f *Fetcher) fetch(ctx context.Context, ref flake.Reference) (*Source, error) {
	switch ref.Type() {
	case flake.TypePath:
		return f.path(ref)
	case flake.TypeGit:
		return f.git(ctx, ref)
	case flake.TypeGitHub, flake.TypeGitLab, flake.TypeSourceHut:
		return f.forge(ctx, ref)
	case flake.TypeTarball:
		return f.tarball(ctx, ref)
	case flake.TypeFile:
		return f.file(ctx, ref)
	case flake.TypeMercurial:
		return nil, fmt.Errorf("cannot fetch '%s': berth does not speak Mercurial; fetch it yourself and refer to it by its path", ref)
	}
	return nil, fmt.Errorf("cannot fetch '%s': there is no reference of type '%s'", ref, ref.Type())
}

// Keep copies a source into the cache, so that its locked reference stands for
// it even when the folder that it was taken from changes.
func (f *Fetcher) Keep(source *Source) error {
	if _, ok := f.cache.tree(source.Digest); ok {
		return nil
	}
	copied, err := f.build(func(b *builder) error { return b.graft(".", source.FS) })
	if err != nil {
		return fmt.Errorf("keeping a copy of '%s': %w", source.Locked, err)
	}
	if copied.Digest != source.Digest {
		return fmt.Errorf("'%s' changed while it was read; run the command again", source.Locked)
	}
	return nil
}

// known answers a locked reference whose tree is in the cache.
func (f *Fetcher) known(ref flake.Reference) (*Source, bool) {
	if ref["narHash"] == "" || !ref.IsLocked() || ref["lastModified"] == "" && ref.Type() != flake.TypeFile {
		return nil, false
	}
	digest, err := hash.ParseSRI(ref["narHash"])
	if err != nil {
		return nil, false
	}
	tree, ok := f.cache.tree(digest)
	if !ok {
		return nil, false
	}
	source := &Source{FS: tree, Digest: digest, Locked: ref}
	if ref.Type() == flake.TypePath {
		source.Origin = ref["path"]
	}
	return source, true
}

// agree compares what was fetched with what the reference says about it.
func agree(ref flake.Reference, source *Source) error {
	if want := ref["narHash"]; want != "" && want != source.Digest.SRI() {
		if ref.Type() == flake.TypePath && ref["lastModified"] != "" {
			return fmt.Errorf("NAR hash mismatch in input '%s', expected '%s' but got '%s': the folder has changed since it was locked; 'berth flake update' locks it as it is now", ref, want, source.Digest.SRI())
		}
		return fmt.Errorf("NAR hash mismatch in input '%s', expected '%s' but got '%s'", ref, want, source.Digest.SRI())
	}
	for _, name := range []string{"lastModified", "revCount", "rev"} {
		want, got := ref[name], source.Locked[name]
		if want != "" && got != "" && want != got {
			return fmt.Errorf("'%s' attribute mismatch in input '%s', expected %s, got %s", name, ref, want, got)
		}
	}
	return nil
}

// locked completes a reference with what is known about its tree.
func locked(ref flake.Reference, digest hash.Hash, lastModified int64) flake.Reference {
	full := ref.With("narHash", digest.SRI())
	if lastModified >= 0 {
		full["lastModified"] = strconv.FormatInt(lastModified, 10)
	}
	return full
}

// Info returns what sourceInfo shows of a locked reference. With fallback,
// absent revisions are zeros, as the function fetchGit has them.
func Info(ref flake.Reference, fallback bool) map[string]any {
	info := map[string]any{}
	for _, name := range []string{"narHash", "rev", "dirtyRev", "dirtyShortRev"} {
		if ref[name] != "" {
			info[name] = ref[name]
		}
	}
	if fallback && ref["rev"] == "" {
		info["rev"], info["revCount"] = nullRevision, int64(0)
	}
	if rev, ok := info["rev"].(string); ok {
		info["shortRev"] = rev[:shortRevision]
	}
	for _, name := range []string{"revCount", "lastModified"} {
		if n, err := strconv.ParseInt(ref[name], 10, 64); err == nil {
			info[name] = n
		}
	}
	if fallback && info["revCount"] == nil {
		info["revCount"] = int64(0)
	}
	if seconds, ok := info["lastModified"].(int64); ok {
		info["lastModifiedDate"] = time.Unix(seconds, 0).UTC().Format("20060102150405")
	}
	if ref.Type() == flake.TypeGit {
		info["submodules"] = ref["submodules"] == "1"
	}
	return info
}

const (
	nullRevision  = "0000000000000000000000000000000000000000"
	shortRevision = 7
)

// digestOf computes the hash of a tree.
func digestOf(tree fs.FS, name string) (hash.Hash, error) {
	digest, _, err := nar.Digest(hash.SHA256, nar.FS(tree, "."), nil)
	if err != nil {
		return digest, fmt.Errorf("hashing the source tree %s: %w", name, err)
	}
	return digest, nil
}
