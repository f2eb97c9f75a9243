package syntax

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Print returns an expression in the fully parenthesised form of
// `nix-instantiate --parse`. Messages of the evaluator quote it.
func Print(e Expr, symbols *SymbolTable) string {
	p := printer{symbols: symbols}
	p.expr(e)
	return p.text.String()
}

// PrintPath returns an attribute path the way messages show it.
func PrintPath(path []AttrName, symbols *SymbolTable) string {
	p := printer{symbols: symbols}
	p.path(path)
	return p.text.String()
}

type printer struct {
	text    strings.Builder
	symbols *SymbolTable
}

func (p *printer) write(text string) { p.text.WriteString(text) }

// between writes an expression with text around it.
func (p *printer) between(before string, e Expr, after string) {
	p.write(before)
	p.expr(e)
	p.write(after)
}

func (p *printer) expr(e Expr) {
	switch e := e.(type) {
	case *Var:
		p.symbol(e.Name)
	case *Int:
		p.write(strconv.FormatInt(e.Value, 10))
	case *Float:
		p.write(strconv.FormatFloat(e.Value, 'g', 6, 64))
	case *String:
		p.write(Quote(e.Value))
	case *Path:
		p.write(e.Value)
	case *CurPos:
		p.write("__curPos")
	case *Concat:
		p.concat(e)
	case *Attrs:
		p.set(e)
	case *List:
		p.list(e)
	case *Lambda:
		p.lambda(e)
	default:
		p.compound(e)
	}
}

func (p *printer) compound(e Expr) {
	switch e := e.(type) {
	case *Select:
		p.selection(e)
	case *HasAttr:
		p.between("((", e.Object, ") ? ")
		p.path(e.Path)
		p.write(")")
	case *Call:
		p.call(e)
	case *Let:
		p.write("(let ")
		p.bindings(e.Attrs)
		p.between("in ", e.Body, ")")
	case *With:
		p.between("(with ", e.Scope, "; ")
		p.between("", e.Body, ")")
	case *If:
		p.between("(if ", e.Cond, "")
		p.between(" then ", e.Then, "")
		p.between(" else ", e.Else, ")")
	case *Assert:
		p.between("assert ", e.Cond, "; ")
		p.expr(e.Body)
	case *Not:
		p.between("(! ", e.Operand, ")")
	case *Negate:
		p.between("(__sub 0 ", e.Operand, ")")
	case *Binary:
		p.binary(e)
	}
}

// binarySigns are the signs of the operators that are no calls.
var binarySigns = [...]string{
	OpEqual: " == ", OpNotEqual: " != ", OpAnd: " && ", OpOr: " || ",
	OpImplies: " -> ", OpUpdate: " // ", OpAppend: " ++ ",
}

func (p *printer) binary(e *Binary) {
	function := e.Op.Function()
	switch {
	case function == "":
		p.between("(", e.Left, binarySigns[e.Op])
		p.between("", e.Right, ")")
	case e.Op.Negated():
		p.write("(! (")
		p.operands(e)
		p.write("))")
	default:
		p.write("(")
		p.operands(e)
		p.write(")")
	}
}

// operands writes an operator as the call that it is, without parentheses.
func (p *printer) operands(e *Binary) {
	first, second := e.Left, e.Right
	if e.Op.Swapped() {
		first, second = second, first
	}
	p.between(e.Op.Function()+" ", first, " ")
	p.expr(second)
}

// call writes a call. One whose function is an operator that is a call itself
// looks like one call, as it does in C++ Nix.
func (p *printer) call(e *Call) {
	p.write("(")
	negate, isNegate := e.Func.(*Negate)
	binary, isBinary := e.Func.(*Binary)
	switch {
	case p.isOr(e.Args[0]):
		p.expr(e.Func)
	case isNegate:
		p.between("__sub 0 ", negate.Operand, "")
	case isBinary && binary.Op.Function() != "" && !binary.Op.Negated():
		p.operands(binary)
	default:
		p.expr(e.Func)
	}
	for _, arg := range e.Args {
		p.between(" ", arg, "")
	}
	p.write(")")
}

// isOr recognises the second half of `f or`, a call that never joins another.
func (p *printer) isOr(e Expr) bool {
	v, ok := e.(*Var)
	return ok && p.symbols.Name(v.Name) == "or"
}

func (p *printer) selection(e *Select) {
	p.between("(", e.Object, ").")
	p.path(e.Path)
	if e.Default != nil {
		p.between(" or (", e.Default, ")")
	}
}

func (p *printer) concat(e *Concat) {
	before := "("
	for _, part := range e.Parts {
		p.between(before, part, "")
		before = " + "
	}
	p.write(")")
}

func (p *printer) list(e *List) {
	p.write("[ ")
	for _, element := range e.Elements {
		p.between("(", element, ") ")
	}
	p.write("]")
}

func (p *printer) set(e *Attrs) {
	if e.Recursive {
		p.write("rec ")
	}
	p.write("{ ")
	p.bindings(e)
	p.write("}")
}

// bindings writes inherited attributes, then those inherited from something,
// then plain ones, all by name, then dynamic ones.
func (p *printer) bindings(e *Attrs) {
	sorted := slices.Clone(e.Attrs)
	slices.SortFunc(sorted, func(a, b Attr) int {
		return cmp.Compare(p.symbols.Name(a.Name), p.symbols.Name(b.Name))
	})
	p.inherited("inherit", sorted, AttrInherited, 0)
	for i, source := range e.InheritFrom {
		if slices.ContainsFunc(sorted, func(a Attr) bool { return a.Kind == AttrInheritedFrom && a.From == i }) {
			p.between("inherit (", source, ")")
			p.inherited("", sorted, AttrInheritedFrom, i)
		}
	}
	for _, a := range sorted {
		if a.Kind == AttrPlain {
			p.symbol(a.Name)
			p.between(" = ", a.Value, "; ")
		}
	}
	for _, a := range e.Dynamic {
		p.between("\"${", a.Name, "}\" = ")
		p.between("", a.Value, "; ")
	}
}

func (p *printer) inherited(before string, attrs []Attr, kind AttrKind, from int) {
	any := false
	for _, a := range attrs {
		if a.Kind != kind || a.From != from {
			continue
		}
		if !any {
			p.write(before)
		}
		any = true
		p.write(" ")
		p.symbol(a.Name)
	}
	if any {
		p.write("; ")
	}
}

func (p *printer) lambda(e *Lambda) {
	p.write("(")
	if e.Formals != nil {
		p.formals(e.Formals)
		if e.Arg != 0 {
			p.write(" @ ")
		}
	}
	if e.Arg != 0 {
		p.symbol(e.Arg)
	}
	p.between(": ", e.Body, ")")
}

func (p *printer) formals(e *Formals) {
	sorted := slices.Clone(e.Formals)
	slices.SortFunc(sorted, func(a, b Formal) int {
		return cmp.Compare(p.symbols.Name(a.Name), p.symbols.Name(b.Name))
	})
	p.write("{ ")
	for i, f := range sorted {
		if i > 0 {
			p.write(", ")
		}
		p.symbol(f.Name)
		if f.Default != nil {
			p.between(" ? ", f.Default, "")
		}
	}
	if e.Ellipsis {
		if len(sorted) > 0 {
			p.write(", ")
		}
		p.write("...")
	}
	p.write(" }")
}

func (p *printer) path(path []AttrName) {
	for i, name := range path {
		if i > 0 {
			p.write(".")
		}
		if name.Expr != nil {
			p.between("\"${", name.Expr, "}\"")
		} else {
			p.symbol(name.Name)
		}
	}
}

func (p *printer) symbol(s Symbol) { p.write(QuoteName(p.symbols.Name(s))) }

// QuoteName returns an attribute name as it stands in front of `=`: in quotes
// if it is no identifier.
func QuoteName(name string) string {
	if name == "" || classes[name[0]]&classNameStart == 0 {
		return Quote(name)
	}
	for i := 1; i < len(name); i++ {
		if classes[name[i]]&className == 0 {
			return Quote(name)
		}
	}
	if kind := keyword(name); kind != tokIdentifier && kind != tokOr {
		return Quote(name)
	}
	return name
}

// Quote returns a string as a literal in double quotes.
func Quote(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte('"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString("\\n")
		case '\r':
			b.WriteString("\\r")
		case '\t':
			b.WriteString("\\t")
		case '$':
			if i+1 < len(text) && text[i+1] == '{' {
				b.WriteByte('\\')
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
