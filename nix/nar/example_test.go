package nar_test

import (
	"bytes"
	"fmt"
	"io"
	"testing/fstest"

	"berth.dev/nix/hash"
	"berth.dev/nix/nar"
)

func tree() nar.Tree {
	return nar.FS(fstest.MapFS{
		"hello":  {Data: []byte("hello")},
		"bin/go": {Data: []byte("#!/bin/sh\n"), Mode: 0o755},
	}, ".")
}

func ExampleDigest() {
	h, size, err := nar.Digest(hash.SHA256, tree(), nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(h.Nix32(), size)
	// Output: 1sswid0clizgjbyxsxpqjdncyh3fhjnxi8wckxrhvrff82zh71gl 688
}

func ExampleReader() {
	var archive bytes.Buffer
	if err := nar.Dump(&archive, tree(), nil); err != nil {
		panic(err)
	}
	reader := nar.NewReader(&archive)
	for {
		entry, err := reader.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s %q\n", entry.Kind, entry.Path)
	}
	// Output:
	// directory ""
	// directory "bin"
	// regular "bin/go"
	// regular "hello"
}
