// Package diagnostic describes where something is in a set of source texts and
// what is to be said about it.
//
// In come source texts (Table.Add) and findings that name a place by one 32-bit
// number (Pos); out come file, line and column (Table.Locate) and text for
// people (Renderer). Nothing is printed here, no file is read and no colour is
// used unless a Style asks for it: choosing a stream and a style is left to the
// command line, finding faults to the parser and the evaluator.
package diagnostic
