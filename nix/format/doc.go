// Package format lays out programs in the Nix language the way RFC 166 of the
// Nix community describes.
//
// In comes the text of a program; out comes the same program with the line
// breaks, blanks and trailing commas that the style asks for, or a diagnostic
// where the text is none. Comments stay, and so does the value of every string;
// the syntax tree before and after is the same, which Source checks before it
// returns. Formatting what is formatted changes nothing. Files are read and
// written by the caller.
//
// How it works: lexemes are tokens with the comments around them; a tree of
// nodes refers to them by number. A node that fits on the rest of the line is
// written flat. Otherwise its kind says where lines break, and its parts are
// laid out in the same way. Three things of the text as it was written are
// kept: single empty lines between items, a set or list that was opened with a
// line break, and comments.
package format
