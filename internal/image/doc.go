// Package image makes container images out of store objects, and moves images
// between the places they can be: the store, archives, layouts, registries and
// engines.
//
// In comes a derivation with the builder "builtin:image-plan" (see
// nixpkgs/pkgs/docker-tools). Out comes a [Plan], a small JSON document that
// says which store objects every layer holds, why it was cut there, and what
// the layer's digest is. No layer is kept as a file: its bytes are written anew
// from the objects whenever they are wanted, always the same ones. Files of
// Debian packages stand at their usual places below /, everything else below
// /nix/store.
//
// Everything that is not a plan is handled as an image of go-containerregistry.
// Running images is left to the engines, evaluating and realising to the
// packages below.
package image
