package fetch

import (
	"archive/tar"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"

	"berth.dev/nix/flake"
)

// object is an entry of a commit's tree.
type object struct {
	mode, hash, path string
}

// The modes of Git's tree objects.
const (
	modeExecutable = "100755"
	modeLink       = "120000"
	modeSubmodule  = "160000"
)

// export writes the files of a commit as they are in the repository: no
// filters, no substitutions.
func (f *Fetcher) export(ctx context.Context, b *builder, full flake.Reference, repository string) error {
	objects, err := f.objects(ctx, repository, full["rev"])
	if err != nil {
		return err
	}
	if full["exportIgnore"] == "1" {
		if objects, err = f.withoutIgnored(ctx, repository, full["rev"], objects); err != nil {
			return err
		}
	}
	if err := f.writeObjects(ctx, b, repository, objects); err != nil {
		return err
	}
	for _, o := range objects {
		if o.mode != modeSubmodule {
			continue
		}
		if err := b.directory(o.path); err != nil {
			return err
		}
		if full["submodules"] == "1" {
			if err := f.submodule(ctx, b, full, repository, o); err != nil {
				return fmt.Errorf("submodule '%s': %w", o.path, err)
			}
		}
	}
	return nil
}

// objects lists what a commit's tree holds.
func (f *Fetcher) objects(ctx context.Context, repository, rev string) ([]object, error) {
	out, err := f.gitOutput(ctx, repository, "ls-tree", "-r", "-z", "--full-tree", rev)
	if err != nil {
		return nil, err
	}
	var objects []object
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if line == "" {
			continue
		}
		meta, name, _ := strings.Cut(line, "\t")
		fields := strings.Fields(meta)
		if len(fields) != 3 {
			return nil, fmt.Errorf("git ls-tree printed '%s'", line)
		}
		objects = append(objects, object{fields[0], fields[2], name})
	}
	return objects, nil
}

// withoutIgnored drops what the attribute export-ignore keeps out of archives.
func (f *Fetcher) withoutIgnored(ctx context.Context, repository, rev string, objects []object) ([]object, error) {
	reader, writer := io.Pipe()
	go func() {
		writer.CloseWithError(f.runGit(ctx, repository, nil, writer, "archive", "--format=tar", rev))
	}()
	exported := map[string]bool{}
	for r := tar.NewReader(reader); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			reader.CloseWithError(err)
			return nil, err
		}
		exported[strings.TrimSuffix(header.Name, "/")] = true
	}
	if _, err := io.Copy(io.Discard, reader); err != nil {
		return nil, err
	}
	var kept []object
	for _, o := range objects {
		if exported[o.path] {
			kept = append(kept, o)
		}
	}
	return kept, nil
}

// writeObjects copies files and links out of a repository with one process.
func (f *Fetcher) writeObjects(ctx context.Context, b *builder, repository string, objects []object) error {
	var names strings.Builder
	var blobs []object
	for _, o := range objects {
		if o.mode != modeSubmodule {
			blobs = append(blobs, o)
			names.WriteString(o.hash + "\n")
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reader, writer := io.Pipe()
	failed := make(chan error, 1)
	go func() {
		err := f.runGit(ctx, repository, strings.NewReader(names.String()), writer, "cat-file", "--batch")
		writer.CloseWithError(errors.Join(err, io.EOF))
		failed <- err
	}()
	err := copyObjects(b, bufio.NewReaderSize(reader, 256<<10), blobs)
	if err != nil {
		cancel()
	}
	reader.CloseWithError(err)
	if gitErr := <-failed; err == nil {
		err = gitErr
	}
	return err
}

func copyObjects(b *builder, in *bufio.Reader, objects []object) error {
	for _, o := range objects {
		header, err := in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("reading '%s' from Git: %w", o.path, err)
		}
		fields := strings.Fields(header)
		if len(fields) != 3 || fields[1] != "blob" {
			return fmt.Errorf("reading '%s' from Git: %s", o.path, strings.TrimSpace(header))
		}
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil {
			return err
		}
		if err := copyObject(b, in, o, size); err != nil {
			return err
		}
		if _, err := in.Discard(1); err != nil {
			return err
		}
	}
	return nil
}

func copyObject(b *builder, in io.Reader, o object, size int64) error {
	body := io.LimitReader(in, size)
	if o.mode != modeLink {
		return b.file(o.path, body, size, o.mode == modeExecutable)
	}
	target, err := io.ReadAll(io.LimitReader(body, maxLink+1))
	if err != nil {
		return err
	}
	if len(target) > maxLink {
		return fmt.Errorf("the link '%s' is too long", o.path)
	}
	return b.link(o.path, string(target))
}

// submodule exports the commit that a repository names for one of its
// submodules.
func (f *Fetcher) submodule(ctx context.Context, b *builder, full flake.Reference, repository string, o object) error {
	address, err := f.submoduleURL(ctx, full, repository, o.path)
	if err != nil {
		return err
	}
	inner := flake.Reference{"type": flake.TypeGit, "url": address, "rev": o.hash, "submodules": "1", "shallow": "1"}
	if full["exportIgnore"] == "1" {
		inner["exportIgnore"] = "1"
	}
	source, err := f.git(ctx, inner)
	if err != nil {
		return err
	}
	return b.graft(o.path, source.FS)
}

// submoduleURL finds where a submodule comes from. Relative URLs start at that
// of the repository itself.
func (f *Fetcher) submoduleURL(ctx context.Context, full flake.Reference, repository, at string) (string, error) {
	out, err := f.gitOutput(ctx, repository, "config", "--blob", full["rev"]+":.gitmodules", "-z", "--get-regexp", `^submodule\..*\.(path|url)$`)
	if err != nil {
		return "", fmt.Errorf("it has no entry in .gitmodules: %w", err)
	}
	urls, name := map[string]string{}, ""
	for entry := range strings.SplitSeq(out, "\x00") {
		key, value, _ := strings.Cut(entry, "\n")
		if module, ok := strings.CutSuffix(key, ".url"); ok {
			urls[module] = value
		} else if module, ok := strings.CutSuffix(key, ".path"); ok && value == at {
			name = module
		}
	}
	address := urls[name]
	switch {
	case address == "":
		return "", errors.New("it has no URL in .gitmodules")
	case strings.HasPrefix(address, "./"), strings.HasPrefix(address, "../"):
		base, err := url.Parse(full["url"])
		if err != nil {
			return "", err
		}
		base.Path = path.Join(base.Path, address)
		return base.String(), nil
	case strings.HasPrefix(address, "/"):
		return "file://" + address, nil
	case !strings.Contains(address, "://"): // user@host:path
		host, file, _ := strings.Cut(address, ":")
		return "ssh://" + host + "/" + file, nil
	}
	return address, nil
}
