// Package lsp is a language server: it tells editors about Nix files.
//
// In come messages of the Language Server Protocol (version 3.17) on a stream,
// and a Catalogue of options, packages and built-in functions; out come
// diagnostics, places of definitions, descriptions, completions and formatted
// text. It reads the documents that the editor has open and nothing else, and
// evaluates nothing: what a variable is follows from the syntax tree, and what
// an option is from the path of attributes around it.
package lsp
