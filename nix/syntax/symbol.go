package syntax

// Symbol is an interned name. Equal names have equal symbols within one
// SymbolTable; smaller symbols were seen earlier. Zero is "no name".
type Symbol uint32

// SymbolTable interns names. It may be used by one goroutine at a time.
//
// It is an open-addressing table: interning was found to cost a tenth of
// parsing with a Go map.
type SymbolTable struct {
	names []string // by symbol; names[0] is the absent name
	slots []slot   // length is a power of two
}

type slot struct {
	hash   uint32
	symbol Symbol
}

// NewSymbolTable returns a table without names.
func NewSymbolTable() *SymbolTable {
	return &SymbolTable{names: make([]string, 1, 1024), slots: make([]slot, 2048)}
}

// Intern returns the symbol of a name, making one if it is new. The table keeps
// the string it is given.
func (t *SymbolTable) Intern(name string) Symbol {
	hash := hashName(name)
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for t.slots[i].symbol != 0 {
		if t.slots[i].hash == hash && t.names[t.slots[i].symbol] == name {
			return t.slots[i].symbol
		}
		i = (i + 1) & mask
	}
	symbol := Symbol(len(t.names))
	t.names = append(t.names, name)
	t.slots[i] = slot{hash, symbol}
	if 2*len(t.names) > len(t.slots) {
		t.grow()
	}
	return symbol
}

// Lookup returns the symbol of a name without making one.
func (t *SymbolTable) Lookup(name string) (Symbol, bool) {
	hash := hashName(name)
	mask := uint32(len(t.slots) - 1)
	for i := hash & mask; t.slots[i].symbol != 0; i = (i + 1) & mask {
		if t.slots[i].hash == hash && t.names[t.slots[i].symbol] == name {
			return t.slots[i].symbol, true
		}
	}
	return 0, false
}

// Name returns the name of a symbol; of zero, the empty string.
func (t *SymbolTable) Name(s Symbol) string { return t.names[s] }

// Len returns one more than the largest symbol.
func (t *SymbolTable) Len() int { return len(t.names) }

func (t *SymbolTable) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, s := range old {
		if s.symbol == 0 {
			continue
		}
		i := s.hash & mask
		for t.slots[i].symbol != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = s
	}
}

// hashName is FNV-1a with a final mix, so that the low bits depend on all bytes.
func hashName(name string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return h ^ h>>15
}
