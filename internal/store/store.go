// Package store keeps store objects on disk and knows which of them are valid.
//
// In come text, file trees, archives and finished build outputs; out go valid
// paths with their digests and references, physical places and closures. The
// layout under the state directory and the database are those of a C++ Nix
// chroot store, so that Nix's own tools can check and use it:
//
//	<dir>/nix/store             objects, named as in /nix/store
//	<dir>/nix/var/nix/db        SQLite database, schema 10
//	<dir>/nix/var/nix/gcroots   links that keep objects from being collected
//	<dir>/nix/var/nix/temproots per process: objects in use right now
//	<dir>/nix/var/nix/incoming  objects being made (berth's own)
//
// An object is complete before it is renamed into place, and in place before it
// is registered; a process that is killed leaves at worst an unregistered
// object, which the next one to make it replaces. Several processes may use one
// store at once. Deciding what to build is left to package build.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"berth.dev/nix/derivation"
	"berth.dev/nix/storepath"
)

// Config says where a store is and how to open it.
type Config struct {
	// Dir is the state directory; it is created unless ReadOnly is set.
	Dir string
	// ReadOnly opens an existing store without changing anything in it. A store
	// that the user may not write to is opened so in any case.
	ReadOnly bool
	// NoSync registers objects without waiting for them to reach the disk. A
	// crash of the machine (not of berth) may then lose them.
	NoSync bool
}

// Store is an open store. It may be used from several goroutines.
type Store struct {
	dir      string
	readOnly bool
	noSync   bool

	db        *database
	registrar registrar
	infos     sync.Map // storepath.Path to *Info, of valid paths
	temp      tempRoots
	objects   *os.File // the directory of objects, to sync its file system
	closing   sync.Once
	closed    error
}

// ErrInvalid is returned for a path that is not valid.
var ErrInvalid = errors.New("is not valid")

// Open opens the store of a state directory.
func Open(c Config) (*Store, error) {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	s := &Store{dir: dir, readOnly: c.ReadOnly, noSync: c.NoSync}
	if err := s.open(); err != nil {
		s.Close()
		return nil, fmt.Errorf("opening the store in '%s': %w", dir, err)
	}
	return s, nil
}

func (s *Store) open() error {
	if !s.readOnly {
		switch err := s.makeDirs(); {
		case errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS):
			s.readOnly = true
		case err != nil:
			return err
		}
	}
	var err error
	if s.objects, err = os.Open(s.objectDir()); err != nil {
		return err
	}
	if s.db, err = openDatabase(s.varDir("db"), s.readOnly); err != nil {
		return err
	}
	s.temp.dir = s.varDir("temproots")
	s.temp.gcLock = s.varDir("gc.lock")
	if s.readOnly {
		return nil
	}
	return s.sweep()
}

func (s *Store) makeDirs() error {
	for _, dir := range []string{s.objectDir(), s.varDir("db"), s.varDir("temproots"), s.varDir("incoming"),
		s.varDir("gcroots/berth"), s.varDir("gcroots/auto"), s.varDir("profiles")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	return unix.Access(s.varDir("db"), unix.W_OK)
}

// Close releases the store: temporary roots of this process end here. Nothing
// else may be using it; closing it again does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Store) close() error {
	var errs []error
	if s.db != nil {
		errs = append(errs, s.db.close())
	}
	if s.objects != nil {
		errs = append(errs, s.objects.Close())
	}
	return errors.Join(append(errs, s.temp.close())...)
}

// Dir returns the state directory.
func (s *Store) Dir() string { return s.dir }

// ReadOnly reports whether nothing can be added.
func (s *Store) ReadOnly() bool { return s.readOnly }

// ObjectDir returns the physical directory that is /nix/store inside.
func (s *Store) ObjectDir() string { return s.objectDir() }

// PhysicalPath returns where an object is on the host's disk.
func (s *Store) PhysicalPath(p storepath.Path) string { return filepath.Join(s.objectDir(), p.Base()) }

// LogPath returns where the compressed build log of a derivation is kept.
func (s *Store) LogPath(derivation storepath.Path) string {
	base := derivation.Base()
	return filepath.Join(s.dir, "nix/var/log/nix/drvs", base[:2], base[2:]+".gz")
}

func (s *Store) objectDir() string           { return filepath.Join(s.dir, "nix/store") }
func (s *Store) varDir(name string) string   { return filepath.Join(s.dir, "nix/var/nix", name) }
func (s *Store) incoming(name string) string { return filepath.Join(s.varDir("incoming"), name) }

// ReadDerivation reads a derivation from the store.
func (s *Store) ReadDerivation(p storepath.Path) (*derivation.Derivation, error) {
	name, err := derivation.NameOf(p)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(s.PhysicalPath(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("path '%s' %w", p, ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("reading derivation: %w", err)
	}
	return derivation.Parse(string(text), name)
}
