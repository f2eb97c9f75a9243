package syntax

// class is a set of properties of a byte.
type class uint8

const (
	classBlank     class = 1 << iota // separates tokens
	classNameStart                   // may start an identifier
	className                        // may go on in an identifier
	classDigit
	classPath   // may stand in a segment of a path
	classScheme // may go on in the scheme of a URI
	classURI    // may stand behind the colon of a URI
	classLetter
)

// classes holds the properties of every byte.
var classes = classify()

func classify() (table [256]class) {
	mark := func(bytes string, c class) {
		for i := 0; i < len(bytes); i++ {
			table[bytes[i]] |= c
		}
	}
	const (
		letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		digits  = "0123456789"
	)
	mark(" \t\r\n", classBlank)
	mark(letters, classLetter)
	mark(digits, classDigit)
	mark(letters+"_", classNameStart)
	mark(letters+digits+"_'-", className)
	mark(letters+digits+"._-+", classPath)
	mark(letters+digits+"+-.", classScheme)
	mark(letters+digits+"%/?:@&=+$,-_.!~*'", classURI)
	return table
}
