// Package flake gives flakes their meaning: references to where a flake comes
// from, the inputs that its flake.nix declares, the graph of sources they
// resolve to, and the value of its outputs.
//
// In comes a reference and a [Source] that turns references into source trees;
// out comes a [Graph] whose nodes are source trees, and from it an attribute
// set of the evaluator. How trees are fetched, verified and put into the store
// is left to the Source; which commands exist on flakes is left to the caller.
//
// The syntax of references is that of the "nix flake" chapter of the Nix
// manual, version 2.34.
package flake
