package binarycache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"berth.dev/internal/build"
	"berth.dev/internal/store"
	"berth.dev/nix/storepath"
)

// Server shows a store as a binary cache.
type Server struct {
	Store *store.Store
	// Keys sign every path that is asked for.
	Keys []SecretKey
	// Priority is told to clients, who ask caches with lower numbers first.
	Priority int
	// Plain sends archives as they are; else they are compressed on the way.
	Plain bool
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "a binary cache is only read", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	switch digest, isInfo := strings.CutSuffix(name, ".narinfo"); {
	case name == infoName:
		w.Header().Set("Content-Type", "text/x-nix-cache-info")
		fmt.Fprintf(w, "StoreDir: %s\nWantMassQuery: 1\nPriority: %d\n", storepath.Dir, s.Priority)
	case isInfo:
		s.serveInfo(w, r, digest)
	case strings.HasPrefix(name, "nar/"):
		s.serveArchive(w, r, strings.TrimPrefix(name, "nar/"))
	case strings.HasPrefix(name, "log/"):
		s.serveLog(w, strings.TrimPrefix(name, "log/"))
	default:
		http.NotFound(w, r)
	}
}

// find returns what is known about the path with a digest, nil after an answer was given.
func (s *Server) find(w http.ResponseWriter, r *http.Request, digest string) *store.Info {
	if len(digest) != storepath.HashLen {
		http.NotFound(w, r)
		return nil
	}
	p, ok, err := s.Store.ByDigest(r.Context(), digest)
	if err == nil && ok {
		var info *store.Info
		if info, err = s.Store.Query(r.Context(), p); err == nil {
			return info
		}
	}
	if err != nil && !errors.Is(err, store.ErrInvalid) {
		http.Error(w, "the store cannot be read", http.StatusInternalServerError)
		return nil
	}
	http.NotFound(w, r)
	return nil
}

func (s *Server) serveInfo(w http.ResponseWriter, r *http.Request, digest string) {
	info := s.find(w, r, digest)
	if info == nil {
		return
	}
	n := &NARInfo{Info: *info, Compression: "zstd", URL: "nar/" + digest + "-" + info.NARHash.Nix32() + ".nar.zst"}
	if s.Plain {
		n.Compression, n.URL = "none", strings.TrimSuffix(n.URL, ".zst")
		n.FileHash, n.FileSize = n.NARHash, n.NARSize
	}
	n.Signatures = slices.Clone(n.Signatures)
	for _, key := range s.Keys {
		if signature := key.Sign(info); !slices.Contains(n.Signatures, signature) {
			n.Signatures = append(n.Signatures, signature)
		}
	}
	w.Header().Set("Content-Type", "text/x-nix-narinfo")
	io.WriteString(w, n.Text())
}

func (s *Server) serveArchive(w http.ResponseWriter, r *http.Request, name string) {
	digest, rest, _ := strings.Cut(name, "-")
	content, compressed := strings.CutSuffix(rest, ".nar.zst")
	content = strings.TrimSuffix(content, ".nar")
	info := s.find(w, r, digest)
	if info == nil {
		return
	}
	if info.NARHash.Nix32() != content { // somebody remembers what was collected
		http.NotFound(w, r)
		return
	}
	if compressed {
		s.sendCompressed(w, r, info)
		return
	}
	s.sendPlain(w, r, info)
}

func (s *Server) sendCompressed(w http.ResponseWriter, r *http.Request, info *store.Info) {
	w.Header().Set("Content-Type", "application/zstd")
	if r.Method == http.MethodHead {
		return
	}
	compressor, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err == nil {
		if err = s.Store.Archive(compressor, info.Path); err == nil {
			err = compressor.Close()
		}
	}
	if err != nil { // the client must not take it for whole
		panic(http.ErrAbortHandler)
	}
}

// sendPlain also answers requests for the rest of a broken download.
func (s *Server) sendPlain(w http.ResponseWriter, r *http.Request, info *store.Info) {
	offset := rangeStart(r, info.NARSize)
	w.Header().Set("Content-Type", "application/x-nix-nar")
	w.Header().Set("Accept-Ranges", "bytes")
	w.Header().Set("Content-Length", strconv.FormatInt(info.NARSize-offset, 10))
	if offset > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", offset, info.NARSize-1, info.NARSize))
		w.WriteHeader(http.StatusPartialContent)
	}
	if r.Method == http.MethodHead {
		return
	}
	if err := s.Store.Archive(&skipping{w, offset}, info.Path); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// rangeStart reads a request for everything from an offset on; others get all.
func rangeStart(r *http.Request, size int64) int64 {
	text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
	text, open := strings.CutSuffix(text, "-")
	offset, err := strconv.ParseInt(text, 10, 64)
	if !ok || !open || err != nil || offset < 0 || offset >= size {
		return 0
	}
	return offset
}

// skipping drops the first bytes.
type skipping struct {
	io.Writer
	skip int64
}

func (s *skipping) Write(p []byte) (int, error) {
	n := min(int64(len(p)), s.skip)
	s.skip -= n
	if int64(len(p)) == n {
		return len(p), nil
	}
	written, err := s.Writer.Write(p[n:])
	return written + int(n), err
}

func (s *Server) serveLog(w http.ResponseWriter, name string) {
	p, err := storepath.FromBase(name)
	if err == nil {
		var text string
		if text, err = build.ReadLog(s.Store, p); err == nil {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, text)
			return
		}
	}
	http.Error(w, "there is no such log", http.StatusNotFound)
}

// Serve answers until the context ends.
func (s *Server) Serve(ctx context.Context, server *http.Server, listen func() error) error {
	server.Handler = s
	stopped := context.AfterFunc(ctx, func() { server.Close() })
	defer stopped()
	err := listen()
	if errors.Is(err, http.ErrServerClosed) && ctx.Err() != nil {
		return nil
	}
	return err
}
