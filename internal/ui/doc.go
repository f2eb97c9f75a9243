// Package ui shows people and programs what berth is doing.
//
// In come events: activities that begin, progress and end, messages, lines of
// machines. Out goes one of three renderings of them on one stream, standard
// error by custom: a live terminal, where an area at the bottom shows what is
// going on now; plain lines, without motion or colour; or one JSON object per
// line. Results are printed by commands themselves, on standard output, with
// the tables and formats of this package.
//
// Nothing here is read from the environment; a Display is told what its
// stream is and what the user wants.
package ui
