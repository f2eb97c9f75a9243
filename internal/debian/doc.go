// Package debian turns Debian's archive into records and file trees.
//
// In come a mirror (named by the caller, found in the host's apt
// configuration, or a public one), the archive keyring, and names of
// packages. Out go verified index records, dependency closures as apt computes
// them without recommendations, downloaded .deb files, and unpacked parts: a
// directory with the tree of one package and a manifest of everything a plain
// tree cannot hold.
//
// Every byte that is believed was first signed: InRelease by a key of the
// keyring, the package index by its digest in InRelease, a .deb by its digest
// in the index (or in a lock).
//
// What is left to others: store paths and caching of parts (store, build),
// assembling parts into a root (root), and deciding what a stale index means
// for the user (cli). Maintainer scripts are kept as text and never run.
package debian
