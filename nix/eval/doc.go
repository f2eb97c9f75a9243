// Package eval evaluates the Nix language.
//
// In come source texts and, through interfaces declared here, files (Files), a
// store (Store) and sources from elsewhere (Fetcher); out come values, which are
// computed when they are asked for, and derivations, which are handed to the
// store. Values, store paths, the order of evaluation and the first line of
// errors are those of C++ Nix 2.34.
//
// The package itself opens no file, starts no process and reads no environment.
// Parsing is left to nix/syntax, formats and hashes of the store to
// nix/derivation, nix/storepath and nix/nar, building to whoever implements
// Store.
//
// How it works: the binder turns a syntax tree into nodes in which every
// variable is a place in a frame. A node evaluates itself to a Value of two
// words, or delays itself to a cell that holds the node's number and the frame.
// Forcing a cell evaluates and overwrites it; a stack of the cells in progress
// serves to find infinite recursion, to describe where an error happened and to
// leave failed cells failed. Errors are panics inside the package and errors
// outside of it.
package eval
