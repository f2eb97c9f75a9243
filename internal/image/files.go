package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"berth.dev/internal/debian"
	"berth.dev/internal/root"
)

var epochTime = time.Unix(1, 0).UTC()

// ownEntry returns an entry with the owner and mode that the file has on disk.
// What belongs to the caller belongs to root in the image.
func ownEntry(e entry, info fs.FileInfo) entry {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		if int(stat.Uid) != os.Geteuid() {
			e.uid = int(stat.Uid)
		}
		if int(stat.Gid) != os.Getegid() {
			e.gid = int(stat.Gid)
		}
		if e.kind != tar.TypeSymlink {
			e.mode = int64(stat.Mode & 0o7777)
		}
	}
	return e
}

// notedOwner gives an entry the owner that is noted beside the file, where
// nobody had the right to give it away.
func notedOwner(e entry, place string) entry {
	var text [64]byte
	n, err := unix.Lgetxattr(place, root.OwnerAttribute, text[:])
	if err != nil {
		return e
	}
	var uid, gid int
	if _, err := fmt.Sscanf(string(text[:n]), "%d:%d", &uid, &gid); err == nil {
		e.uid, e.gid = uid, gid
	}
	return e
}

// writeSetUp writes generated directories as a layer, without what the layers
// of the packages already have.
func writeSetUp(w io.Writer, dirs, parts []string) error {
	special, err := specialFiles(parts)
	if err != nil {
		return err
	}
	var all []entry
	for _, dir := range dirs {
		err := treeEntries(dir, func(e entry) error {
			info, err := os.Lstat(filepath.Join(dir, e.name))
			if err != nil {
				return err
			}
			if !special[e.name] {
				all = append(all, notedOwner(ownEntry(e, info), filepath.Join(dir, e.name)))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	sortEntries(all)
	t := newTarWriter(w, Owner{User: "root", Group: "root"}, epochTime)
	for _, e := range dropRepeated(all) {
		if err := t.add(e); err != nil {
			return err
		}
	}
	return t.close()
}

// specialFiles are the files that have their unusual modes in the layers of
// packages.
func specialFiles(parts []string) (map[string]bool, error) {
	found := map[string]bool{}
	for _, dir := range parts {
		m, err := debian.ReadPart(dir)
		if err != nil {
			return nil, err
		}
		for _, s := range m.Special {
			if !s.Directory {
				found[s.Path] = true
			}
		}
	}
	return found, nil
}

// addFiles adds the last layer: the contents' links, and what the commands of
// the image made of them.
func (p *planner) addFiles(context.Context) error {
	f := filesLayer{planner: p}
	why := "links to the contents"
	if p.job.Get("customised") != "" {
		why = "links to the contents, and what extraCommands and fakeRootCommands made"
	}
	return p.addBlob(FilesLayer, why, "files.tar", f.write)
}

// filesLayer is the last layer being written.
type filesLayer struct {
	*planner
	tar  *tarWriter
	seen map[string]bool
}

func (f *filesLayer) write(w io.Writer) error {
	f.tar = newTarWriter(w, Owner{User: "root", Group: "root"}, epochTime)
	f.seen = map[string]bool{}
	var err error
	if made := f.job.Get("customised"); made != "" {
		err = f.fromArchive(f.objects.Physical(path.Join(made, "layer.tar")))
	} else {
		err = treeEntries(f.objects.Physical(f.job.Get("root")), f.add)
	}
	if err != nil {
		return err
	}
	if !f.seen["tmp"] && len(f.baseDirs) == 0 && !f.hasSetUp() {
		if err := f.tar.add(entry{name: "tmp", kind: tar.TypeDir, mode: 0o1777}); err != nil {
			return err
		}
	}
	return f.tar.close()
}

// hasSetUp reports whether an earlier layer has the usual directories.
func (p *planner) hasSetUp() bool {
	return slices.ContainsFunc(p.plan.Layers, func(l Layer) bool { return l.Kind == SetUpLayer })
}

// add writes an entry of the contents: the store has taken the right to write.
func (f *filesLayer) add(e entry) error {
	f.seen[e.name] = true
	if f.hides(e) {
		return nil
	}
	if e.kind != tar.TypeSymlink {
		e.mode |= 0o200
	}
	return f.tar.add(e)
}

// hides reports whether an entry would put a link of the merged /usr over a
// directory of the image below.
func (f *filesLayer) hides(e entry) bool {
	return e.kind == tar.TypeSymlink && f.baseDirs[e.name] && slices.Contains(mergedDirectories[:], e.name)
}

// fromArchive copies what the commands of the image left.
func (f *filesLayer) fromArchive(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	for reader := tar.NewReader(file); ; {
		h, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e := entry{
			name: strings.TrimPrefix(path.Clean("/"+h.Name), "/"), kind: h.Typeflag, mode: h.Mode & 0o7777,
			uid: h.Uid, gid: h.Gid, link: h.Linkname, size: h.Size,
		}
		f.seen[e.name] = true
		if e.name == "" || f.hides(e) {
			continue
		}
		if err := f.copyMember(e, h, reader); err != nil {
			return fmt.Errorf("copying '%s': %w", e.name, err)
		}
	}
}

func (f *filesLayer) copyMember(e entry, h *tar.Header, content io.Reader) error {
	if err := f.tar.memberHeader(e, h); err != nil || e.kind != tar.TypeReg {
		return err
	}
	if err := f.tar.copy(content, e.size); err != nil {
		return err
	}
	return f.tar.gather(zeros[:blockPadding(e.size)])
}
