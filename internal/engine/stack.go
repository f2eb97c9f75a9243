package engine

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// A stack is a list of directories seen as one, topmost first, as the kernel's
// overlay shows them. It is looked into without being mounted.
type stack []string

const opaqueAttribute = "trusted.overlay.opaque"

// maxLinks bounds how many symbolic links a path may go through.
const maxLinks = 40

var errTooManyLinks = errors.New("too many symbolic links")

// find returns where the file of a path really is. Links are followed inside.
func (s stack) find(name string) (string, fs.FileInfo, error) {
	rest := strings.Split(strings.Trim(path.Clean("/"+name), "/"), "/")
	at, links := "/", 0
	var physical string
	var info fs.FileInfo
	for len(rest) > 0 {
		component := rest[0]
		rest = rest[1:]
		switch component {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			continue
		}
		var err error
		if physical, info, err = s.lstat(path.Join(at, component)); err != nil {
			return "", nil, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = path.Join(at, component)
			continue
		}
		if links++; links > maxLinks {
			return "", nil, &fs.PathError{Op: "find", Path: name, Err: errTooManyLinks}
		}
		target, err := os.Readlink(physical)
		if err != nil {
			return "", nil, err
		}
		if path.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	if at == "/" {
		info, err := os.Stat(s[0])
		return s[0], info, err
	}
	return s.lstat(at)
}

// lstat finds the topmost entry of a path none of whose directories is a link.
func (s stack) lstat(name string) (string, fs.FileInfo, error) {
	missing := &fs.PathError{Op: "find", Path: name, Err: fs.ErrNotExist}
	for _, layer := range s {
		physical := filepath.Join(layer, name)
		info, err := os.Lstat(physical)
		if err == nil {
			if isWhiteout(info) {
				return "", nil, missing
			}
			return physical, info, nil
		}
		if hides(layer, name) {
			return "", nil, missing
		}
	}
	return "", nil, missing
}

// hides reports whether a layer's directories above name hide lower layers.
func hides(layer, name string) bool {
	for directory := path.Dir(name); directory != "/"; directory = path.Dir(directory) {
		physical := filepath.Join(layer, directory)
		info, err := os.Lstat(physical)
		if err != nil {
			continue
		}
		if !info.IsDir() || isOpaque(physical) {
			return true
		}
	}
	return false
}

func isWhiteout(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode()&fs.ModeCharDevice != 0 && stat.Rdev == 0
}

func isOpaque(directory string) bool {
	value := make([]byte, 1)
	n, err := unix.Lgetxattr(directory, opaqueAttribute, value)
	return err == nil && n == 1 && value[0] == 'y'
}

// program finds a command as a shell would: along PATH unless it has a slash.
func (s stack) program(command string, environment []string) (string, error) {
	if strings.Contains(command, "/") {
		return command, nil
	}
	for directory := range strings.SplitSeq(variable(environment, "PATH"), ":") {
		candidate := path.Join("/", directory, command)
		if _, info, err := s.find(candidate); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", &NotFoundError{"program", command + " along the image's PATH"}
}

// variable returns the value that comes last.
func variable(environment []string, name string) (value string) {
	for _, entry := range environment {
		if text, ok := strings.CutPrefix(entry, name+"="); ok {
			value = text
		}
	}
	return value
}
