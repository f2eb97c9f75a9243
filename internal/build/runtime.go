package build

import (
	"bufio"
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"berth.dev/internal/debian"
	"berth.dev/nix/storepath"
)

// recordAttribute asks for what is in this file: stdenv sets it.
const recordAttribute = "recordParts"

// A program that was built over Debian packages names what it needs as
// /usr/lib/x.so or /usr/bin/perl, which carries no digest that a scan for
// references would find. So the parts that provide these files are listed in
// the output, and with them what those need according to their package.

// runtimeFinder finds the parts that the outputs of a build need.
type runtimeFinder struct {
	parts  []*runtimePart
	byName map[string]*runtimePart // by the package's name and by what it provides
	seen   map[string]bool         // libraries looked into
}

// runtimePart is a part in the closure of the inputs.
type runtimePart struct {
	path    storepath.Path
	root    string // its tree on the disk
	depends []debian.Group
	needed  bool
}

// recordParts lists the parts that each output needs in its nix-support/parts.
func (s *sandbox) recordParts() error {
	if !s.attributes.flag(recordAttribute) || len(s.parts) == 0 {
		return nil
	}
	root, err := os.OpenRoot(s.outputDir())
	if err != nil {
		return err
	}
	defer root.Close()
	for _, o := range s.drv.Outputs {
		info, err := root.Lstat(o.Path.Base())
		if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
			continue // what is missing is found out later; a file has no place for a list
		}
		if err == nil {
			err = s.recordOutput(root, o.Path.Base())
		}
		if err != nil {
			return fmt.Errorf("finding what output '%s' needs at run time: %w", o.Name, err)
		}
	}
	return nil
}

func (s *sandbox) recordOutput(root *os.Root, output string) error {
	finder, err := s.newRuntimeFinder()
	if err != nil {
		return err
	}
	tree, err := root.OpenRoot(output)
	if err != nil {
		return err
	}
	defer tree.Close()
	if err := fs.WalkDir(tree.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return finder.file(tree, name, entry)
	}); err != nil {
		return err
	}
	finder.closeOverDependencies()
	return finder.write(tree)
}

func (s *sandbox) newRuntimeFinder() (*runtimeFinder, error) {
	f := &runtimeFinder{byName: map[string]*runtimePart{}, seen: map[string]bool{}}
	var provisions [][]debian.Group
	for _, p := range s.closure {
		dir := s.realiser.Store.PhysicalPath(p)
		if !slices.Contains(s.parts, filepath.Join(dir, "root")) {
			continue
		}
		manifest, err := debian.ReadPart(dir)
		if err != nil {
			return nil, err
		}
		part := &runtimePart{path: p, root: filepath.Join(dir, "root")}
		if part.depends, err = debian.ParseRelations(manifest.Depends); err != nil {
			return nil, fmt.Errorf("package %s: %w", manifest.Name, err)
		}
		provides, err := debian.ParseRelations(manifest.Provides)
		if err != nil {
			return nil, fmt.Errorf("package %s: %w", manifest.Name, err)
		}
		f.parts, provisions = append(f.parts, part), append(provisions, provides)
		f.byName[manifest.Name] = part
	}
	for i, provides := range provisions {
		for _, group := range provides {
			if f.byName[group[0].Name] == nil {
				f.byName[group[0].Name] = f.parts[i]
			}
		}
	}
	return f, nil
}

// file looks into one file of an output.
func (f *runtimeFinder) file(tree *os.Root, name string, entry fs.DirEntry) error {
	if entry.Type()&fs.ModeSymlink != 0 {
		target, err := tree.Readlink(name)
		if err == nil {
			f.provider(target)
		}
		return err
	}
	if !entry.Type().IsRegular() {
		return nil
	}
	file, err := tree.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	start := make([]byte, 4)
	if n, _ := file.ReadAt(start, 0); n < 4 {
		return nil
	}
	switch {
	case string(start) == elf.ELFMAG:
		return f.program(file)
	case string(start[:2]) == "#!":
		return f.script(file)
	}
	return nil
}

// provider marks the part that has a file, such as /usr/bin/perl.
func (f *runtimeFinder) provider(name string) string {
	if !path.IsAbs(name) || strings.HasPrefix(name, storepath.Dir+"/") {
		return ""
	}
	name = mergedUsr(path.Clean(name))
	for _, part := range f.parts {
		physical := filepath.Join(part.root, name)
		if _, err := os.Lstat(physical); err == nil {
			part.needed = true
			return physical
		}
	}
	return ""
}

// mergedUsr returns where a file in /bin, /lib and so on really is.
func mergedUsr(name string) string {
	for _, dir := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/", "/lib32/"} {
		if strings.HasPrefix(name, dir) {
			return "/usr" + name
		}
	}
	return name
}

// script marks the interpreter that the first line names, and with env that
// which env is to find.
func (f *runtimeFinder) script(file *os.File) error {
	line, err := bufio.NewReaderSize(file, 512).ReadSlice('\n')
	if err != nil && len(line) == 0 {
		return nil
	}
	words := strings.Fields(string(bytes.TrimPrefix(line, []byte("#!"))))
	if len(words) == 0 {
		return nil
	}
	f.provider(words[0])
	if path.Base(words[0]) != "env" {
		return nil
	}
	for _, word := range words[1:] {
		if !strings.HasPrefix(word, "-") && !strings.Contains(word, "=") {
			f.provider("/usr/bin/" + word)
			break
		}
	}
	return nil
}

// program marks the loader and the libraries of a program or library, and
// what these need. A file that only begins like one is none.
func (f *runtimeFinder) program(file *os.File) error {
	binary, err := elf.NewFile(file)
	if err != nil {
		return nil
	}
	for _, segment := range binary.Progs {
		if segment.Type != elf.PT_INTERP || segment.Filesz > 4096 {
			continue
		}
		name := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(name, 0); err == nil {
			f.provider(strings.TrimRight(string(name), "\x00"))
		}
	}
	f.libraries(binary)
	return nil
}

// libraries marks the needed libraries that are in parts; others are store
// objects, which the search path of the program names.
func (f *runtimeFinder) libraries(binary *elf.File) {
	needed, err := binary.DynString(elf.DT_NEEDED)
	if err != nil {
		return
	}
	dirs := []string{"/usr/lib/" + triplet(binary.Machine), "/usr/lib", "/usr/lib64"}
	for _, tag := range []elf.DynTag{elf.DT_RUNPATH, elf.DT_RPATH} {
		paths, _ := binary.DynString(tag)
		for _, list := range paths {
			dirs = append(strings.Split(list, ":"), dirs...)
		}
	}
	for _, library := range needed {
		for _, dir := range dirs {
			if physical := f.provider(path.Join(dir, library)); physical != "" {
				f.library(physical)
				break
			}
		}
	}
}

func (f *runtimeFinder) library(physical string) {
	if f.seen[physical] {
		return
	}
	f.seen[physical] = true
	if binary, err := elf.Open(physical); err == nil {
		f.libraries(binary)
		binary.Close()
	}
}

// triplet names the directory of an architecture's libraries.
func triplet(m elf.Machine) string {
	switch m {
	case elf.EM_AARCH64:
		return "aarch64-linux-gnu"
	case elf.EM_386:
		return "i386-linux-gnu"
	case elf.EM_RISCV:
		return "riscv64-linux-gnu"
	}
	return "x86_64-linux-gnu"
}

// closeOverDependencies marks what marked packages say they need, of each
// choice the first that is there.
func (f *runtimeFinder) closeOverDependencies() {
	for again := true; again; {
		again = false
		for _, part := range f.parts {
			if !part.needed {
				continue
			}
			for _, group := range part.depends {
				if other := f.choose(group); other != nil && !other.needed {
					other.needed, again = true, true
				}
			}
			part.depends = nil
		}
	}
}

func (f *runtimeFinder) choose(group debian.Group) *runtimePart {
	for _, relation := range group {
		if part := f.byName[relation.Name]; part != nil {
			return part
		}
	}
	return nil
}

// write adds the parts to the list that the builder may have written itself.
func (f *runtimeFinder) write(tree *os.Root) error {
	text, err := tree.ReadFile(PartsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := strings.Fields(string(text))
	for _, part := range f.parts {
		if part.needed {
			lines = append(lines, part.path.String())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	if err := tree.MkdirAll(path.Dir(PartsFile), 0o755); err != nil {
		return err
	}
	return tree.WriteFile(PartsFile, []byte(strings.Join(slices.Compact(lines), "\n")+"\n"), 0o644)
}
