package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"berth.dev/nix/flake"
	"berth.dev/nix/hash"
)

// tarball takes what an archive at a URL holds.
func (f *Fetcher) tarball(ctx context.Context, ref flake.Reference) (*Source, error) {
	source, etag, err := f.overHTTP(ctx, ref, "tarball", func(b *builder, name string) error { return b.unpack(name) })
	if err != nil || etag == nil {
		return source, err
	}
	full := ref
	if etag.immutable != "" {
		if full, err = flake.ParseReference(etag.immutable, ""); err != nil || full.Type() != flake.TypeTarball {
			return nil, fmt.Errorf("'%s' names '%s' as the URL that never changes, which is not a reference of an archive", ref, etag.immutable)
		}
	}
	modified, _ := strconv.ParseInt(source.Locked["lastModified"], 10, 64)
	if known := full["lastModified"]; known != "" {
		modified, _ = strconv.ParseInt(known, 10, 64)
	}
	source.Locked = locked(full, source.Digest, modified).With("dir", ref.Dir())
	return source, f.cache.note(source.Locked, etag.etag, "tarball", ref["url"])
}

// file takes a URL as one file.
func (f *Fetcher) file(ctx context.Context, ref flake.Reference) (*Source, error) {
	source, etag, err := f.overHTTP(ctx, ref, "file", func(b *builder, name string) error { return b.only(name) })
	if err != nil || etag == nil {
		return source, err
	}
	source.Locked = locked(ref, source.Digest, -1)
	return source, f.cache.note(source.Locked, etag.etag, "file", ref["url"])
}

// overHTTP downloads a URL, unless that was done recently, and makes a tree of
// what it has. What was received is nil if the answer came from the cache.
func (f *Fetcher) overHTTP(ctx context.Context, ref flake.Reference, kind string, fill func(*builder, string) error) (*Source, *received, error) {
	header := http.Header{}
	if a, ok := f.cache.ask(kind, ref["url"]); ok {
		if source, ok := f.cache.answered(a, ref); ok {
			if f.Offline || !f.Refresh && f.cache.recent(a) && !isLocalFile(ref) {
				return source, nil, nil
			}
			if a.ETag != "" {
				header.Set("If-None-Match", a.ETag)
			}
			source, got, err := f.receive(ctx, ref, header, fill)
			if err == nil && got.unchanged {
				return f.unchanged(a, ref, kind)
			}
			return source, got, err
		}
	}
	if f.Offline && !isLocalFile(ref) {
		return nil, nil, offlineError(ref)
	}
	return f.receive(ctx, ref, header, fill)
}

func isLocalFile(ref flake.Reference) bool {
	u, err := address(ref)
	return err == nil && u.Scheme == "file"
}

// unchanged notes that an answer is still right.
func (f *Fetcher) unchanged(a answer, ref flake.Reference, kind string) (*Source, *received, error) {
	source, ok := f.cache.answered(a, ref)
	if !ok {
		return nil, nil, fmt.Errorf("the tree of '%s' has just gone from the cache; run the command again", ref)
	}
	return source, nil, f.cache.note(a.Reference, a.ETag, kind, ref["url"])
}

func (f *Fetcher) receive(ctx context.Context, ref flake.Reference, header http.Header, fill func(*builder, string) error) (*Source, *received, error) {
	dir, err := f.cache.incoming()
	if err != nil {
		return nil, nil, err
	}
	defer removeTree(dir)
	got, err := f.download(ctx, ref["url"], header, dir)
	if err != nil || got.unchanged {
		return nil, got, err
	}
	source, err := f.build(func(b *builder) error { return fill(b, got.file) })
	if err != nil {
		return nil, nil, fmt.Errorf("'%s': %w", ref, err)
	}
	return source, got, nil
}

// only makes a copy of one file the tree.
func (b *builder) only(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	const inside = "file"
	if err := b.file(inside, io.LimitReader(file, info.Size()), info.Size(), false); err != nil {
		return err
	}
	b.dir = filepath.Join(b.dir, inside)
	return nil
}

// Cached returns a tree by its NAR hash, if it was fetched before.
func (f *Fetcher) Cached(digest hash.Hash) (*Source, bool) {
	tree, ok := f.cache.tree(digest)
	return &Source{FS: tree, Digest: digest}, ok
}

// File fetches a URL as one file and returns the hash of its contents too. A
// file that is known by the wanted hash is not fetched again.
func (f *Fetcher) File(ctx context.Context, address string, want hash.Hash) (*Source, hash.Hash, error) {
	if !want.IsZero() {
		if a, ok := f.cache.ask("contents", want.SRI()); ok {
			if source, ok := f.cache.answered(a, nil); ok {
				return source, want, nil
			}
		}
	}
	source, err := f.Fetch(ctx, flake.Reference{"type": flake.TypeFile, "url": address})
	if err != nil {
		return nil, want, err
	}
	file, err := source.FS.Open(".")
	if err != nil {
		return nil, want, err
	}
	defer file.Close()
	w := hash.NewWriter(hash.SHA256)
	if _, err := io.Copy(w, file); err != nil {
		return nil, want, err
	}
	flat := w.Sum()
	return source, flat, f.cache.note(source.Locked, "", "contents", flat.SRI())
}
