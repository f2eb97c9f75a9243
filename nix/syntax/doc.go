// Package syntax reads and prints the Nix language as C++ Nix 2.34 defines it.
//
// In comes the text of one expression with the directory and home that its path
// literals refer to; out comes a tree (tree.go) or a diagnostic with a position.
// Print gives the text of a tree again. The package reads no file and no
// environment; what a variable refers to, and whether it refers to anything, is
// left to the evaluator.
//
// # Grammar
//
// Blanks and comments (`# ...` to the end of the line, `/* ... */`) may stand
// between tokens.
//
//	expression = name ":" expression
//	           | pattern [ "@" name ] ":" expression
//	           | name "@" pattern ":" expression
//	           | "assert" expression ";" expression
//	           | "with" expression ";" expression
//	           | "let" { binding } "in" expression
//	           | "if" expression "then" expression "else" expression
//	           | operation { "|>" operation }
//	           | operation { "<|" operation }
//	pattern    = "{" [ formal { "," formal } [ "," ] ] [ "..." ] "}"
//	formal     = name [ "?" expression ]
//	operation  = operand { operator operand | "?" path }
//	operand    = { "!" | "-" } application
//	application = selection { selection }
//	selection  = simple [ "." path [ "or" selection ] | "or" ]
//	simple     = name | integer | float | string | file path | URI
//	           | "(" expression ")" | "[" { selection } "]"
//	           | [ "rec" | "let" ] "{" { binding } "}"
//	binding    = path "=" expression ";"
//	           | "inherit" [ "(" expression ")" ] { attribute } ";"
//	path       = attribute { "." attribute }
//	attribute  = name | "or" | string | "${" expression "}"
//
// Between the last formal and "..." of a pattern stands a comma. Operators, from
// the loosest: `->` (right), `||`, `&&`, `== !=` (none), `< > <= >=` (none),
// `//` (right), `!`, `+ -`, `* /`, `++` (right), `?`, unary `-`. Those marked
// none do not stand next to each other without parentheses.
//
// # What the tree no longer shows
//
// Attribute paths are nested sets, and sets of the same name are merged. `let {
// }` is a selection from a recursive set, `<x>` a call of __findFile, a
// parenthesised expression the expression itself. Indentation is taken from
// indented strings. Paths are absolute. The arithmetic operators stay operators
// although they are calls of functions that can be rebound, see BinaryOp.
package syntax
