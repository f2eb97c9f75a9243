// Package repl is the dialogue with an evaluator: expressions and commands go
// in line by line, values come out.
//
// In come an evaluator, a source of lines (a Terminal, or Plain for text that
// is piped in) and a Host that loads, builds and edits; out comes text. Only
// what is shown of a value is computed: the outermost level, unless :p asks for
// all. An interrupt ends the evaluation in progress and nothing else. Finding
// flakes, building and explaining errors are left to the Host.
package repl
