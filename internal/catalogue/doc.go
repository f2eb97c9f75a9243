// Package catalogue lists what a configuration can say: the options of a
// system and the packages of the embedded set.
//
// In comes an evaluator and where the embedded set appears; out come plain
// records, and those of them that a query finds. Showing them is left to the
// commands and the language server.
package catalogue
