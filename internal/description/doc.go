// Package description holds the system description: the one document that the
// left half of berth (language, modules, store) hands to the right half
// (roots, networks, machines, engines, activation, test driver).
//
// In comes the JSON text that the modules evaluated to; out go plain Go values
// that were checked for consistency. Every path below /nix/store in it is a
// logical store path: where the bytes are on disk is the store's business, and
// what is done with a description is the business of the packages that read it.
//
// The document carries its schema version. A reader refuses a version it does
// not know, and unknown fields are errors, so that a misspelt field in a
// hand-written description is found instead of ignored.
package description

// Version is the schema version that this package reads and writes.
const Version = 1
