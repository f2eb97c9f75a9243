// Package syntax reads the Nix language.
package syntax
