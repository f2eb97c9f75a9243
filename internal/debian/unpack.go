package debian

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Unpack lays out a .deb file as a part: outDir/root holds its tree with the
// top directories bin, sbin, lib... moved below usr, files read-only and owned
// by the caller; outDir/part.json holds everything else. Times are left to
// the store. outDir must not exist or be empty.
func Unpack(ctx context.Context, debFile, outDir string) (*Part, error) {
	f, err := os.Open(debFile)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	defer f.Close()
	tree := filepath.Join(outDir, "root")
	if err := os.MkdirAll(tree, 0o755); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", debFile, err)
	}
	root, err := os.OpenRoot(tree)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", debFile, err)
	}
	defer root.Close()
	u := unpacker{ctx: ctx, root: root, kinds: map[string]byte{".": tar.TypeDir}, part: &Part{Scripts: map[string]string{}}}
	if err := readDeb(f, u.control, u.data); err != nil {
		return nil, fmt.Errorf("unpack %s: %w", debFile, err)
	}
	return u.part, u.part.write(filepath.Join(outDir, "part.json"))
}

// An unpacker writes one package below an opened directory.
type unpacker struct {
	ctx   context.Context
	root  *os.Root
	kinds map[string]byte // what was written, by path: the type of its entry
	part  *Part
}

// control reads the members of control.tar.
func (u *unpacker) control(archive *tar.Reader) error {
	return u.entries(archive, func(h *tar.Header) error {
		if h.Typeflag != tar.TypeReg {
			return nil
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			return err
		}
		switch name := path.Clean(h.Name); name {
		case "control":
			return u.identify(text)
		case "conffiles":
			u.part.Conffiles = nonEmptyLines(string(text))
		case "triggers":
			u.part.Triggers = nonEmptyLines(string(text))
		case "preinst", "postinst", "prerm", "postrm", "config":
			u.part.Scripts[name] = string(text)
		}
		return nil
	})
}

func (u *unpacker) identify(control []byte) error {
	stanzas, err := readStanzas(bytes.NewReader(control))
	if err != nil || len(stanzas) != 1 {
		return fmt.Errorf("control file: %d paragraphs instead of one (%w)", len(stanzas), err)
	}
	s := stanzas[0]
	u.part.Name, u.part.Version, u.part.Architecture, u.part.Source = s["Package"], s["Version"], s["Architecture"], s["Source"]
	if u.part.Name == "" || u.part.Version == "" {
		return errors.New("control file: no Package or Version field")
	}
	u.part.Depends, u.part.Provides = s["Depends"], s["Provides"]
	if needed := s["Pre-Depends"]; needed != "" {
		u.part.Depends = strings.TrimSuffix(needed+", "+u.part.Depends, ", ")
	}
	return nil
}

func nonEmptyLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines
}

// data writes the members of data.tar.
func (u *unpacker) data(archive *tar.Reader) error {
	if u.part.Name == "" {
		return errors.New("the control archive has no control file")
	}
	return u.entries(archive, func(h *tar.Header) error {
		if err := u.write(h, archive); err != nil {
			return fmt.Errorf("entry %q: %w", h.Name, err)
		}
		return nil
	})
}

func (u *unpacker) entries(archive *tar.Reader, each func(*tar.Header) error) error {
	for range maxEntries {
		if err := u.ctx.Err(); err != nil {
			return err
		}
		h, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := each(h); err != nil {
			return err
		}
	}
	return fmt.Errorf("more than %d entries", maxEntries)
}

func (u *unpacker) write(h *tar.Header, content io.Reader) error {
	name, err := entryPath(h.Name, h.Typeflag == tar.TypeSymlink)
	if err != nil || name == "." {
		return err
	}
	if err := u.makeParents(name); err != nil {
		return err
	}
	if done, err := u.repeated(name, h); done || err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		err = u.root.Mkdir(name, 0o755)
	case tar.TypeReg:
		err = u.file(name, h, content)
	case tar.TypeSymlink:
		if strings.ContainsRune(h.Linkname, 0) || h.Linkname == "" {
			return errors.New("unusable link target")
		}
		err = u.root.Symlink(h.Linkname, name)
	case tar.TypeLink:
		err = u.hardLink(name, h.Linkname)
	default:
		err = fmt.Errorf("entry type %q does not belong into a package", h.Typeflag)
	}
	if err != nil {
		return err
	}
	u.kinds[name] = h.Typeflag
	u.note(name, h)
	return nil
}

// entryPath turns the name of an entry into a path below the root, moving the
// top directories that Debian has merged into usr. A symlink that is itself
// such a directory's name stays.
func entryPath(name string, symlink bool) (string, error) {
	if strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) || len(name) > 4096 {
		return "", errors.New("unsafe path")
	}
	for step := range strings.SplitSeq(name, "/") {
		if step == ".." {
			return "", errors.New("unsafe path")
		}
	}
	name = path.Clean(name)
	top, _, below := strings.Cut(name, "/")
	switch top {
	case "bin", "sbin", "lib", "lib32", "lib64", "libx32":
		if below || !symlink {
			return "usr/" + name, nil
		}
	}
	return name, nil
}

// makeParents makes the directories above name. Only directories that this
// archive has made count: nothing is written through a link.
func (u *unpacker) makeParents(name string) error {
	dir := path.Dir(name)
	switch kind, ok := u.kinds[dir]; {
	case ok && kind == tar.TypeDir:
		return nil
	case ok:
		return fmt.Errorf("%s above it is not a directory", dir)
	}
	if err := u.makeParents(dir); err != nil {
		return err
	}
	u.kinds[dir] = tar.TypeDir
	return u.root.Mkdir(dir, 0o755)
}

// repeated handles a path that exists already: the same directory or the same
// symlink again is fine.
func (u *unpacker) repeated(name string, h *tar.Header) (bool, error) {
	kind, ok := u.kinds[name]
	if !ok {
		return false, nil
	}
	if kind == tar.TypeDir && h.Typeflag == tar.TypeDir {
		u.note(name, h)
		return true, nil
	}
	if kind == tar.TypeSymlink && h.Typeflag == tar.TypeSymlink {
		if target, err := u.root.Readlink(name); err == nil && target == h.Linkname {
			return true, nil
		}
	}
	return false, errors.New("the path is there already")
}

func (u *unpacker) file(name string, h *tar.Header, content io.Reader) error {
	mode := fs.FileMode(0o444)
	if h.Mode&0o111 != 0 {
		mode = 0o555
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(f, content); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	return f.Close()
}

func (u *unpacker) hardLink(name, target string) error {
	target, err := entryPath(target, false)
	if err != nil {
		return fmt.Errorf("link target: %w", err)
	}
	if kind := u.kinds[target]; kind != tar.TypeReg && kind != tar.TypeLink {
		return fmt.Errorf("link target %s is not a file of this package", target)
	}
	return u.root.Link(target, name)
}

// note records an owner or mode that the store cannot keep.
func (u *unpacker) note(name string, h *tar.Header) {
	mode := Mode(h.Mode & 0o7777)
	usual := mode == 0o755
	if h.Typeflag == tar.TypeReg {
		usual = mode == 0o755 || mode == 0o644 || mode == 0o444 || mode == 0o555
	}
	if h.Typeflag == tar.TypeSymlink || h.Typeflag == tar.TypeLink || usual && h.Uid == 0 && h.Gid == 0 {
		return
	}
	u.part.Special = append(u.part.Special, Special{
		Path: name, Directory: h.Typeflag == tar.TypeDir, Mode: mode, UID: h.Uid, GID: h.Gid,
	})
}
