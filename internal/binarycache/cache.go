package binarycache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"berth.dev/internal/store"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// infoName is the file that says what a cache is.
const infoName = "nix-cache-info"

// How long answers of a cache are remembered.
const (
	presentFor = 30 * 24 * time.Hour
	absentFor  = time.Hour
)

// CacheConfig says how to use a binary cache.
type CacheConfig struct {
	// Address is file:///dir, http://host/path or https://host/path; behind a
	// "?" may stand priority=N.
	Address string
	// MemoryDir remembers answers between runs; empty for none.
	MemoryDir string
	// Key signs what is added; nil for no signature.
	Key    *SecretKey
	Client *http.Client
	// Scratch is a directory for files on their way; empty for the system's.
	Scratch string
}

// Cache is a binary cache. It may be used from several goroutines.
type Cache struct {
	CacheConfig
	transport transport
	// Priority orders caches: those with lower numbers are asked first.
	Priority int
}

// defaultPriority is that of a cache that does not say.
const defaultPriority = 50

// OpenCache asks a cache what it is.
func OpenCache(ctx context.Context, c CacheConfig) (*Cache, error) {
	address, query, _ := strings.Cut(c.Address, "?")
	t, err := openTransport(address, c.Client)
	if err != nil {
		return nil, err
	}
	cache := &Cache{CacheConfig: c, transport: t, Priority: defaultPriority}
	text, err := cache.remembered(ctx, infoName, 7*24*time.Hour)
	if err != nil && !errors.Is(err, ErrAbsent) {
		return nil, fmt.Errorf("opening binary cache '%s': %w", c.Address, err)
	}
	if err := cache.readInfo(text); err != nil {
		return nil, fmt.Errorf("opening binary cache '%s': %w", c.Address, err)
	}
	values, err := url.ParseQuery(query)
	if err == nil && values.Has("priority") {
		cache.Priority, err = strconv.Atoi(values.Get("priority"))
	}
	if err != nil {
		return nil, fmt.Errorf("address '%s': %w", c.Address, err)
	}
	return cache, nil
}

func (c *Cache) readInfo(text string) error {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch key {
		case "StoreDir":
			if value != storepath.Dir {
				return fmt.Errorf("it is for stores in '%s', not for '%s'", value, storepath.Dir)
			}
		case "Priority":
			n, err := strconv.Atoi(value)
			if err != nil {
				return fmt.Errorf("%s: Priority: %w", infoName, err)
			}
			c.Priority = n
		}
	}
	return nil
}

// Name implements [Source] and [Target].
func (c *Cache) Name() string { return c.Address }

// Query implements [Source].
func (c *Cache) Query(ctx context.Context, p storepath.Path) (*NARInfo, error) {
	text, err := c.remembered(ctx, p.Digest()+".narinfo", presentFor)
	if err != nil {
		return nil, fmt.Errorf("path '%s' in '%s': %w", p, c.Address, err)
	}
	info, err := ParseNARInfo(text)
	if err != nil {
		return nil, fmt.Errorf("'%s': %w", c.Address, err)
	}
	if info.Path != p {
		return nil, fmt.Errorf("'%s' answered for '%s' with '%s'", c.Address, p, info.Path)
	}
	return info, nil
}

// remembered reads a small file, from memory if it is not too old. An empty
// file in memory stands for one that the cache does not have.
func (c *Cache) remembered(ctx context.Context, name string, keep time.Duration) (string, error) {
	if _, local := c.transport.(folder); c.MemoryDir == "" || local {
		return readSmall(ctx, c.transport, name, maxNARInfo)
	}
	file := filepath.Join(c.MemoryDir, hash.SumString(hash.SHA1, c.Address).Nix32(), name)
	if info, err := os.Stat(file); err == nil {
		if info.Size() == 0 && time.Since(info.ModTime()) < absentFor {
			return "", ErrAbsent
		}
		if info.Size() > 0 && time.Since(info.ModTime()) < keep {
			text, err := os.ReadFile(file)
			return string(text), err
		}
	}
	text, err := readSmall(ctx, c.transport, name, maxNARInfo)
	if err == nil || errors.Is(err, ErrAbsent) {
		remember(file, text)
	}
	return text, err
}

// remember writes an answer down. What cannot be written is asked for again.
func remember(file, text string) {
	if os.MkdirAll(filepath.Dir(file), 0o755) == nil {
		_ = (folder{filepath.Dir(file)}).put(context.Background(), filepath.Base(file), strings.NewReader(text), -1)
	}
}

// Forget makes the next Query of a path ask the cache itself.
func (c *Cache) Forget(p storepath.Path) {
	if c.MemoryDir != "" {
		os.Remove(filepath.Join(c.MemoryDir, hash.SumString(hash.SHA1, c.Address).Nix32(), p.Digest()+".narinfo"))
	}
}

// Archive implements [Source].
func (c *Cache) Archive(ctx context.Context, info *NARInfo) (io.ReadCloser, error) {
	body, err := c.transport.get(ctx, info.URL, 0)
	if err != nil {
		if errors.Is(err, ErrAbsent) { // the cache dropped it: what is remembered is wrong
			c.Forget(info.Path)
		}
		return nil, fmt.Errorf("archive of '%s' in '%s': %w", info.Path, c.Address, err)
	}
	unpacked, err := decompress(info.Compression, checked(body, info))
	if err != nil {
		body.Close()
		return nil, fmt.Errorf("archive of '%s' in '%s': %w", info.Path, c.Address, err)
	}
	return &stacked{unpacked, body}, nil
}

// checked bounds what is read to the size that was announced.
func checked(body io.Reader, info *NARInfo) io.Reader {
	if info.FileSize == 0 {
		return body
	}
	return io.LimitReader(body, info.FileSize)
}

// stacked closes what lies below a reader with it.
type stacked struct {
	io.ReadCloser
	below io.Closer
}

func (s *stacked) Close() error { return errors.Join(s.ReadCloser.Close(), s.below.Close()) }

// decoderMemory bounds what a compressed stream may ask for.
const decoderMemory = 256 << 20

func decompress(kind string, in io.Reader) (io.ReadCloser, error) {
	switch kind {
	case "none", "":
		return io.NopCloser(in), nil
	case "xz":
		r, err := xz.ReaderConfig{DictCap: 64 << 20}.NewReader(in)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(r), nil
	case "zstd":
		r, err := zstd.NewReader(in, zstd.WithDecoderMaxMemory(decoderMemory), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return r.IOReadCloser(), nil
	}
	return nil, fmt.Errorf("compression '%s' is not supported; xz, zstd and none are", kind)
}

// Valid implements [Target].
func (c *Cache) Valid(ctx context.Context, wanted []storepath.Path) (map[storepath.Path]bool, error) {
	valid := map[storepath.Path]bool{}
	for _, p := range wanted {
		there, err := c.transport.exists(ctx, p.Digest()+".narinfo")
		if err != nil {
			return nil, err
		}
		if there {
			valid[p] = true
		}
	}
	return valid, nil
}

// Add implements [Target]: the archive is compressed, then its .narinfo written.
func (c *Cache) Add(ctx context.Context, info store.Info, archive io.Reader, ready func() error, _ func()) error {
	packed, err := os.CreateTemp(c.Scratch, "nar-*")
	if err != nil {
		return err
	}
	defer os.Remove(packed.Name())
	defer packed.Close()
	n := &NARInfo{Info: info, Compression: "zstd"}
	if err := n.pack(packed, archive); err != nil {
		return fmt.Errorf("packing '%s': %w", info.Path, err)
	}
	n.URL = "nar/" + n.FileHash.Nix32() + ".nar.zst"
	if c.Key != nil {
		n.Signatures = append(n.Signatures, c.Key.Sign(&info))
	}
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := c.transport.put(ctx, n.URL, packed, n.FileSize); err != nil {
		return fmt.Errorf("storing '%s': %w", info.Path, err)
	}
	if err := ready(); err != nil {
		return err
	}
	text := n.Text()
	err = c.transport.put(ctx, info.Path.Digest()+".narinfo", strings.NewReader(text), int64(len(text)))
	if err != nil {
		return fmt.Errorf("storing '%s': %w", info.Path, err)
	}
	return nil
}

// pack compresses an archive and checks that it is what was announced.
func (n *NARInfo) pack(to io.Writer, archive io.Reader) error {
	file, content := hash.NewWriter(hash.SHA256), hash.NewWriter(hash.SHA256)
	compressor, err := zstd.NewWriter(io.MultiWriter(to, file), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.MultiWriter(compressor, content), archive); err != nil {
		return err
	}
	if err := compressor.Close(); err != nil {
		return err
	}
	if content.Sum() != n.NARHash {
		return fmt.Errorf("its contents are not what is registered: expected hash '%s', got '%s'", n.NARHash.SRI(), content.Sum().SRI())
	}
	n.FileHash, n.FileSize = file.Sum(), file.Written()
	return nil
}

// Initialise writes what a new cache says about itself.
func (c *Cache) Initialise(ctx context.Context) error {
	there, err := c.transport.exists(ctx, infoName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || there {
		return err
	}
	text := []byte("StoreDir: " + storepath.Dir + "\n")
	return c.transport.put(ctx, infoName, bytes.NewReader(text), int64(len(text)))
}
