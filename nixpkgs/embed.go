// Package nixpkgs carries the embedded package set, library and NixOS-style
// modules: ordinary files in the Nix language, written for berth.
//
// Nothing comes in. Out goes one read-only file tree; the evaluator shows it as
// a content-addressed source path, and which store path that is, is decided by
// whoever mounts it.
package nixpkgs

import "embed"

// FS holds the tree: flake.nix and default.nix at its root as users of the
// package set expect them, nixos/ with the paths that other files import, and
// flake-utils/ as an input of its own.
//
//go:embed flake.nix default.nix all:lib all:pkgs all:modules all:testing all:nixos all:flake-utils
var FS embed.FS
