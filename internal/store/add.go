package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"berth.dev/nix/derivation"
	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
	"berth.dev/nix/storepath"
)

// Text is a file whose path follows from its content: a derivation, or what
// builtins.toFile writes.
type Text struct {
	Name       string
	Content    string
	References []storepath.Path
}

// AddText adds a text file and returns its path.
func (s *Store) AddText(ctx context.Context, name, content string, references []storepath.Path) (storepath.Path, error) {
	added, err := s.AddTexts(ctx, []Text{{name, content, references}})
	if err != nil {
		return storepath.Path{}, err
	}
	return added[0], nil
}

// AddDerivation writes a derivation whose outputs are filled in. Its inputs must be valid.
func (s *Store) AddDerivation(ctx context.Context, d *derivation.Derivation) (storepath.Path, error) {
	return s.AddText(ctx, d.Name+derivation.Extension, d.String(), d.References())
}

// AddTexts adds many text files, which may refer to each other, with one
// question to the database and one registration. It returns their paths.
func (s *Store) AddTexts(ctx context.Context, texts []Text) ([]storepath.Path, error) {
	all := make([]storepath.Path, len(texts))
	for i, t := range texts {
		var err error
		if all[i], err = storepath.Text(t.Name, t.Content, t.References); err != nil {
			return nil, err
		}
	}
	if err := s.AddTempRoots(ctx, all...); err != nil {
		return nil, err
	}
	valid, err := s.Valid(ctx, all)
	if err != nil {
		return nil, err
	}
	var missing []int
	for i, p := range all {
		if !valid[p] {
			valid[p] = true // so that it is made once if it was given twice
			missing = append(missing, i)
		}
	}
	if len(missing) == 0 {
		return all, nil
	}
	return all, s.makeTexts(ctx, texts, all, missing)
}

// makeTexts needs no locks: whoever makes the same path makes the same file,
// and renaming replaces one by the other.
func (s *Store) makeTexts(ctx context.Context, texts []Text, all []storepath.Path, missing []int) error {
	staging, err := s.Stage()
	if err != nil {
		return err
	}
	defer staging.Remove()
	infos := make([]Info, 0, len(missing))
	for _, i := range missing {
		temp := filepath.Join(staging.Dir(), all[i].Base())
		if err := writeObject(temp, texts[i].Content); err != nil {
			return fmt.Errorf("writing '%s': %w", all[i], err)
		}
		if err := os.Rename(temp, s.PhysicalPath(all[i])); err != nil {
			return fmt.Errorf("moving '%s' into the store: %w", all[i], err)
		}
		infos = append(infos, textInfo(all[i], texts[i]))
	}
	return s.Register(ctx, infos...)
}

func writeObject(name, content string) error {
	if err := os.WriteFile(name, []byte(content), 0o444); err != nil {
		return err
	}
	if err := os.Chmod(name, 0o444); err != nil { // whatever the umask
		return err
	}
	return setTime(name)
}

func textInfo(p storepath.Path, t Text) Info {
	digest := hash.NewWriter(hash.SHA256)
	w := nar.NewWriter(digest)
	file := nar.Node{Kind: nar.Regular, Size: int64(len(t.Content))}
	err := errors.Join(w.Next(nar.Entry{Node: file}), second(io.WriteString(w, t.Content)), w.Close())
	if err != nil {
		panic(err) // a file of known length into a digest
	}
	return Info{
		Path: p, NARHash: digest.Sum(), NARSize: digest.Written(), References: t.References,
		Address: storepath.Address{Method: storepath.TextMethod, Hash: hash.SumString(hash.SHA256, t.Content)},
	}
}

func second(_ int, err error) error { return err }

// AddTree copies a file tree into the store under its SHA-256: of its archive,
// or with storepath.FlatMethod of the contents of a single file.
func (s *Store) AddTree(ctx context.Context, name string, method storepath.Method, tree nar.Tree, filter nar.Filter) (storepath.Path, error) {
	if err := storepath.CheckName(name); err != nil {
		return storepath.Path{}, err
	}
	staging, err := s.Stage()
	if err != nil {
		return storepath.Path{}, err
	}
	defer staging.Remove()
	temp := filepath.Join(staging.Dir(), "object")
	info, err := copyTree(staging.Dir(), "object", tree, filter)
	if err != nil {
		return storepath.Path{}, err
	}
	info.Address = storepath.Address{Method: method, Hash: info.NARHash}
	if method == storepath.FlatMethod {
		if info.Address.Hash, err = HashFile(hash.SHA256, temp); err != nil {
			return storepath.Path{}, err
		}
	}
	if info.Path, err = info.Address.Path(name, storepath.References{}); err != nil {
		return storepath.Path{}, err
	}
	return info.Path, s.adopt(ctx, temp, info)
}

// copyTree writes a copy of a tree beneath dir while its archive is digested.
func copyTree(dir, name string, tree nar.Tree, filter nar.Filter) (Info, error) {
	out, in := io.Pipe()
	digest := hash.NewWriter(hash.SHA256)
	dumped := make(chan error, 1)
	go func() {
		err := nar.Dump(io.MultiWriter(digest, in), tree, filter)
		in.CloseWithError(err)
		dumped <- err
	}()
	err := unpackBeneath(dir, name, out)
	out.CloseWithError(err)
	if dumpErr := <-dumped; dumpErr != nil {
		err = dumpErr
	}
	return Info{NARHash: digest.Sum(), NARSize: digest.Written()}, err
}

func unpackBeneath(dir, name string, in io.Reader) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return nar.Unpack(in, root, name)
}

// Import adds an object from its archive, for example one that a binary cache
// sent. The archive must have the digest and size that the info claims and,
// where the path is said to follow from the contents, must be these.
func (s *Store) Import(ctx context.Context, info Info, archive io.Reader) error {
	return s.ImportWhen(ctx, info, archive, func() error { return nil }, func() {})
}

// ImportWhen is Import in steps: the archive is read and checked at once, and
// the path is registered when ready returns, which waits for what it refers
// to. When queued is called, what refers to this path need not wait any more:
// both may become valid together.
func (s *Store) ImportWhen(ctx context.Context, info Info, archive io.Reader, ready func() error, queued func()) error {
	staging, err := s.Stage()
	if err != nil {
		return err
	}
	defer staging.Remove()
	digest := hash.NewWriter(info.NARHash.Algorithm())
	bounded := io.LimitReader(archive, info.NARSize+1) // one more, to see that there is more
	if err := unpackBeneath(staging.Dir(), "object", io.TeeReader(bounded, digest)); err != nil {
		return fmt.Errorf("importing '%s': %w", info.Path, err)
	}
	if _, err := io.Copy(digest, bounded); err != nil { // what follows must not be there
		return fmt.Errorf("importing '%s': %w", info.Path, err)
	}
	if digest.Sum() != info.NARHash || digest.Written() != info.NARSize {
		return fmt.Errorf("hash mismatch importing path '%s';\n  specified: %s\n  got:       %s", info.Path, info.NARHash.SRI(), digest.Sum().SRI())
	}
	object := filepath.Join(staging.Dir(), "object")
	if err := checkAddress(object, info); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	return s.adoptThen(ctx, object, info, queued)
}

// adopt moves a complete tree to its place and registers it, unless somebody
// else did meanwhile.
func (s *Store) adopt(ctx context.Context, temp string, info Info) error {
	return s.adoptThen(ctx, temp, info, func() {})
}

func (s *Store) adoptThen(ctx context.Context, temp string, info Info, queued func()) error {
	if err := s.AddTempRoots(ctx, info.Path); err != nil {
		return err
	}
	locks, err := s.Lock(ctx, []storepath.Path{info.Path}, nil)
	if err != nil {
		return err
	}
	defer locks.Unlock()
	if valid, err := s.IsValid(ctx, info.Path); err != nil || valid {
		return err
	}
	tree := canonicalTree{ctx, temp, os.Geteuid(), os.Getegid()}
	if err := visit(tree, ""); err != nil {
		return err
	}
	if err := s.Install(temp, info.Path); err != nil {
		return err
	}
	return s.register(ctx, queued, info)
}

// visit looks at every node of a tree.
func visit(tree nar.Tree, at string) error {
	node, err := tree.Stat(at)
	if err != nil || node.Kind != nar.Directory {
		return err
	}
	names, err := tree.List(at)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := visit(tree, path.Join(at, name)); err != nil {
			return err
		}
	}
	return nil
}

// HashFile digests the contents of a file.
func HashFile(a hash.Algorithm, name string) (hash.Hash, error) {
	file, err := os.Open(name)
	if err != nil {
		return hash.Hash{}, err
	}
	defer file.Close()
	w := hash.NewWriter(a)
	if _, err := io.Copy(w, file); err != nil {
		return hash.Hash{}, err
	}
	return w.Sum(), nil
}

// HashTree digests the archive of a file tree on disk.
func HashTree(a hash.Algorithm, name string) (hash.Hash, error) {
	digest, _, err := nar.Digest(a, nar.Disk(name), nil)
	return digest, err
}

// Archive writes the archive of a valid path.
func (s *Store) Archive(w io.Writer, p storepath.Path) error {
	return nar.Dump(w, nar.Disk(s.PhysicalPath(p)), nil)
}
