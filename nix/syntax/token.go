package syntax

import "strings"

// token is a kind of token. The order is that in which messages list what was
// expected.
type token uint8

const (
	tokEOF token = iota
	tokIdentifier
	tokString // literal part of a string or path; only named in messages
	tokIndString
	tokInt
	tokFloat
	tokPath
	tokHomePath
	tokSearchPath
	tokPathEnd
	tokURI
	tokIf
	tokThen
	tokElse
	tokAssert
	tokWith
	tokLet
	tokIn
	tokRec
	tokInherit
	tokEqual
	tokNotEqual
	tokLessEqual
	tokGreaterEqual
	tokUpdate
	tokAppend
	tokAnd
	tokOrOr
	tokImplies
	tokOr
	tokPipeFrom
	tokPipeInto
	tokDollarBrace
	tokIndOpen
	tokIndClose
	tokEllipsis
	tokLess
	tokGreater
	tokPlus
	tokMinus
	tokStar
	tokSlash
	tokQuestion
	tokColon
	tokAt
	tokSemicolon
	tokNot
	tokDot
	tokQuote
	tokParenOpen
	tokParenClose
	tokBraceOpen
	tokBraceClose
	tokBracketOpen
	tokBracketClose
	tokAssign
	tokComma
	tokInvalid
	tokenCount
)

// tokenNames are the names used in messages.
var tokenNames = [tokenCount]string{
	tokEOF:          "end of file",
	tokIdentifier:   "identifier",
	tokString:       "string",
	tokIndString:    "indented string",
	tokInt:          "integer",
	tokFloat:        "floating-point literal",
	tokPath:         "path",
	tokHomePath:     "'~/…' path",
	tokSearchPath:   "'<…>' path",
	tokPathEnd:      "end of path",
	tokURI:          "URI",
	tokIf:           "'if'",
	tokThen:         "'then'",
	tokElse:         "'else'",
	tokAssert:       "'assert'",
	tokWith:         "'with'",
	tokLet:          "'let'",
	tokIn:           "'in'",
	tokRec:          "'rec'",
	tokInherit:      "'inherit'",
	tokEqual:        "'=='",
	tokNotEqual:     "'!='",
	tokLessEqual:    "'<='",
	tokGreaterEqual: "'>='",
	tokUpdate:       "'//'",
	tokAppend:       "'++'",
	tokAnd:          "'&&'",
	tokOrOr:         "'||'",
	tokImplies:      "'->'",
	tokOr:           "'or'",
	tokPipeFrom:     "'<|'",
	tokPipeInto:     "'|>'",
	tokDollarBrace:  "'${'",
	tokIndOpen:      "start of an indented string",
	tokIndClose:     "end of an indented string",
	tokEllipsis:     "'...'",
	tokLess:         "'<'",
	tokGreater:      "'>'",
	tokPlus:         "'+'",
	tokMinus:        "'-'",
	tokStar:         "'*'",
	tokSlash:        "'/'",
	tokQuestion:     "'?'",
	tokColon:        "':'",
	tokAt:           "'@'",
	tokSemicolon:    "';'",
	tokNot:          "'!'",
	tokDot:          "'.'",
	tokQuote:        "'\"'",
	tokParenOpen:    "'('",
	tokParenClose:   "')'",
	tokBraceOpen:    "'{'",
	tokBraceClose:   "'}'",
	tokBracketOpen:  "'['",
	tokBracketClose: "']'",
	tokAssign:       "'='",
	tokComma:        "','",
	tokInvalid:      "invalid token",
}

// keyword returns the token of a keyword, or tokIdentifier.
func keyword(name string) token {
	switch name {
	case "if":
		return tokIf
	case "then":
		return tokThen
	case "else":
		return tokElse
	case "assert":
		return tokAssert
	case "with":
		return tokWith
	case "let":
		return tokLet
	case "in":
		return tokIn
	case "rec":
		return tokRec
	case "inherit":
		return tokInherit
	case "or":
		return tokOr
	default:
		return tokIdentifier
	}
}

// syntaxError words a message about an unexpected token. Callers name what is
// expected only where that is at most four tokens.
func syntaxError(got token, expected []token) string {
	var b strings.Builder
	b.WriteString("syntax error, unexpected " + tokenNames[got])
	for i, want := range expected {
		if i == 0 {
			b.WriteString(", expecting ")
		} else {
			b.WriteString(" or ")
		}
		b.WriteString(tokenNames[want])
	}
	return b.String()
}
