package testdriver

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

type copyInArguments struct {
	// Archive is a file in the output directory, a tar archive with the one
	// entry Name at its top.
	Archive string `json:"archive"`
	Name    string `json:"name"`
	Target  string `json:"target"`
}

// unpackScript copies the entry $2 of the archive on standard input to $1 by
// the rules of cp.
const unpackScript = `set -eu
spool=$(mktemp -d)
trap 'rm -rf "$spool"' EXIT
tar -x --no-same-owner -C "$spool"
mkdir -p -- "$(dirname -- "$1")"
cp -r -- "$spool/$2" "$1"`

// copyIn unpacks what Python packed. The archive is opened beneath the output
// directory, so that the script cannot name a file it could not read itself.
func (c *call) copyIn(ctx context.Context, a copyInArguments) (any, error) {
	root, err := os.OpenRoot(c.session.config.Output)
	if err != nil {
		return nil, fmt.Errorf("open output directory: %w", err)
	}
	defer root.Close()
	archive, err := root.Open(a.Archive)
	if err != nil {
		return nil, fmt.Errorf("open archive of copied files: %w", err)
	}
	defer root.Remove(a.Archive)
	defer archive.Close()
	return nil, c.nested(fmt.Sprintf("copying %s to %s", a.Name, a.Target), func() error {
		r, err := c.run(ctx, []string{"/bin/bash", "-c", unpackScript, "copy", a.Target, a.Name}, archive)
		if err == nil && r.status != 0 {
			err = c.commandFailed("copy "+a.Name+" to "+a.Target, r, "copying into the machine failed")
		}
		return err
	})
}

type copyOutArguments struct {
	Source string `json:"source"`
	// Target is a directory below the output directory.
	Target string `json:"target_dir"`
}

// packScript writes an archive of $1 to standard output. A link is followed
// if $1 itself is one.
const packScript = `set -eu
spool=$(mktemp -d)
trap 'rm -rf "$spool"' EXIT
cp -rH -- "$1" "$spool/"
tar -c -C "$spool" .`

// copyFromMachine copies a file or directory into the output directory.
func (c *call) copyFromMachine(ctx context.Context, a copyOutArguments) (any, error) {
	return nil, c.nested(fmt.Sprintf("copying %s from the machine", a.Source), func() error {
		root, err := openBelow(c.session.config.Output, a.Target)
		if err != nil {
			return err
		}
		defer root.Close()
		reader, writer := io.Pipe()
		unpacked := make(chan error, 1)
		go func() {
			unpacked <- unpack(root, tar.NewReader(reader))
			// The padding after the archive's end is read too, and what
			// follows a bad archive: else the writing side would fail.
			_, _ = io.Copy(io.Discard, reader)
		}()
		r, err := c.runTo(ctx, []string{"/bin/bash", "-c", packScript, "copy", a.Source}, nil, writer)
		writer.Close()
		unpackErr := <-unpacked
		if err == nil && r.status != 0 {
			return c.commandFailed("copy "+a.Source, r, fmt.Sprintf("copying %s from the machine failed", a.Source))
		}
		return errors.Join(err, unpackErr)
	})
}

// openBelow opens a directory below another, making it if needed.
func openBelow(dir, name string) (*os.Root, error) {
	root, err := os.OpenRoot(dir)
	if err != nil || name == "" {
		return root, err
	}
	defer root.Close()
	if err := root.MkdirAll(name, 0o755); err != nil {
		return nil, &requestError{Kind: badArgument, Message: fmt.Sprintf("the target directory has to be below the output directory: %v", err)}
	}
	return root.OpenRoot(name)
}

// unpack writes an archive's files, directories and links beneath root. The
// archive comes from a machine and may say anything.
func unpack(root *os.Root, archive *tar.Reader) error {
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read files of the machine: %w", err)
		}
		if err := unpackEntry(root, header, archive); err != nil {
			return fmt.Errorf("copy %s: %w", header.Name, err)
		}
	}
}

func unpackEntry(root *os.Root, header *tar.Header, content io.Reader) error {
	name := path.Clean(strings.TrimPrefix(header.Name, "/"))
	if name == "." {
		return nil
	}
	mode := header.FileInfo().Mode().Perm() | 0o600
	switch header.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, mode|0o700)
	case tar.TypeSymlink:
		return root.Symlink(header.Linkname, name)
	case tar.TypeLink:
		return root.Link(path.Clean(header.Linkname), name)
	case tar.TypeReg:
		file, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		return errors.Join(err, file.Close())
	}
	return nil
}
