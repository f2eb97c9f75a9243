package binarycache

import (
	"bufio"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/store"
	"berth.dev/nix/hash"
	"berth.dev/nix/storepath"
)

// NARInfo is what a cache says about a store path, in its .narinfo file.
type NARInfo struct {
	store.Info
	URL         string // of the archive, relative to the cache
	Compression string // "none", "xz", "zstd"
	FileHash    hash.Hash
	FileSize    int64 // 0 where it is not known
}

// maxNARInfo bounds the text of a .narinfo file.
const maxNARInfo = 1 << 20

// Text writes the .narinfo file.
func (n *NARInfo) Text() string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			b.WriteString(key + ": " + value + "\n")
		}
	}
	line("StorePath", n.Path.String())
	line("URL", n.URL)
	line("Compression", n.Compression)
	if !n.FileHash.IsZero() {
		line("FileHash", n.FileHash.Algorithm().String()+":"+n.FileHash.Nix32())
	}
	if n.FileSize > 0 {
		line("FileSize", strconv.FormatInt(n.FileSize, 10))
	}
	line("NarHash", n.NARHash.Algorithm().String()+":"+n.NARHash.Nix32())
	line("NarSize", strconv.FormatInt(n.NARSize, 10))
	b.WriteString("References: " + strings.Join(bases(n.References), " ") + "\n")
	line("Deriver", n.Deriver.Base())
	for _, signature := range n.Signatures {
		line("Sig", signature)
	}
	line("CA", n.Address.String())
	return b.String()
}

func bases(paths []storepath.Path) []string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = p.Base()
	}
	return names
}

// ParseNARInfo reads a .narinfo file. Keys it does not know are passed over.
func ParseNARInfo(text string) (*NARInfo, error) {
	n := &NARInfo{Compression: "bzip2"} // what the absence of the key stands for
	scanner := bufio.NewScanner(strings.NewReader(text))
	scanner.Buffer(nil, maxNARInfo)
	for scanner.Scan() {
		if scanner.Text() == "" {
			continue
		}
		key, value, ok := strings.Cut(scanner.Text(), ":")
		if !ok {
			return nil, fmt.Errorf("narinfo: line without a key: %q", scanner.Text())
		}
		if err := n.set(key, strings.TrimSpace(value)); err != nil {
			return nil, fmt.Errorf("narinfo: %s: %w", key, err)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("narinfo: %w", err)
	}
	return n, n.check()
}

func (n *NARInfo) set(key, value string) (err error) {
	switch key {
	case "StorePath":
		n.Path, err = storepath.Parse(value)
	case "URL":
		n.URL = value
	case "Compression":
		n.Compression = value
	case "FileHash":
		n.FileHash, err = hash.Parse(value, hash.SHA256)
	case "FileSize":
		n.FileSize, err = parseSize(value)
	case "NarHash":
		n.NARHash, err = hash.Parse(value, hash.SHA256)
	case "NarSize":
		n.NARSize, err = parseSize(value)
	case "References":
		n.References, err = parseBases(value)
	case "Deriver":
		if value != "unknown-deriver" {
			n.Deriver, err = storepath.FromBase(value)
		}
	case "Sig":
		n.Signatures = append(n.Signatures, value)
	case "CA":
		n.Address, err = storepath.ParseAddress(value)
	}
	return err
}

func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && n < 0 {
		err = fmt.Errorf("%d is negative", n)
	}
	return n, err
}

func parseBases(text string) ([]storepath.Path, error) {
	var paths []storepath.Path
	for _, base := range strings.Fields(text) {
		p, err := storepath.FromBase(base)
		if err != nil {
			return nil, err
		}
		paths = append(paths, p)
	}
	slices.SortFunc(paths, storepath.Path.Compare)
	return slices.Compact(paths), nil
}

// check refuses what lacks something or would lead out of the cache.
func (n *NARInfo) check() error {
	switch {
	case n.Path.IsZero():
		return fmt.Errorf("narinfo: there is no StorePath")
	case n.URL == "" || path.IsAbs(n.URL) || strings.Contains(n.URL, "://") || strings.HasPrefix(path.Clean(n.URL), ".."):
		return fmt.Errorf("narinfo of '%s': URL %q is not within the cache", n.Path, n.URL)
	case n.NARHash.IsZero() || n.NARHash.Algorithm() != hash.SHA256:
		return fmt.Errorf("narinfo of '%s': there is no SHA-256 of the archive", n.Path)
	case n.NARSize == 0:
		return fmt.Errorf("narinfo of '%s': there is no NarSize", n.Path)
	}
	return nil
}
