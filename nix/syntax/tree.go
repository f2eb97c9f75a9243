package syntax

import "berth.dev/nix/diagnostic"

// Pos is a position in the source texts of a diagnostic.Table.
type Pos = diagnostic.Pos

// Expr is a node of the tree: one of the pointer types of this file.
type Expr interface {
	// Pos returns where the expression starts or, for operators, where the
	// operator stands: the place that messages point at.
	Pos() Pos
	expr()
}

// Int is an integer literal.
type Int struct {
	At    Pos
	Value int64
}

// Float is a floating point literal.
type Float struct {
	At    Pos
	Value float64
}

// String is a string without interpolation: a literal, a URI, or a literal part
// of a Concat.
type String struct {
	At    Pos
	Value string
}

// Path is a path literal, made absolute and canonical.
type Path struct {
	At    Pos
	Value string
}

// Var is a variable, by name.
type Var struct {
	At   Pos
	Name Symbol
}

// CurPos is the expression __curPos.
type CurPos struct {
	At Pos
}

// AttrName is one element of an attribute path. A name that is only known when
// evaluated has Expr set and Name zero.
type AttrName struct {
	At   Pos
	Name Symbol
	Expr Expr
}

// Select is `Object.Path` or, with a Default, `Object.Path or Default`.
type Select struct {
	At      Pos
	Object  Expr
	Path    []AttrName
	Default Expr // nil if absent
}

// HasAttr is `Object ? Path`.
type HasAttr struct {
	At     Pos
	Object Expr
	Path   []AttrName
}

// AttrKind tells how an attribute gets its value.
type AttrKind uint8

// The kinds of attribute.
const (
	AttrPlain         AttrKind = iota // Value, in the scope of the set if that is recursive
	AttrInherited                     // `inherit x;`: Value is a *Var, in the scope around the set
	AttrInheritedFrom                 // `inherit (e) x;`: the attribute Name of InheritFrom[From]
)

// Attr is an attribute with a name known from the text.
type Attr struct {
	At    Pos // of the name
	Name  Symbol
	Kind  AttrKind
	From  int  // index into Attrs.InheritFrom; only for AttrInheritedFrom
	Value Expr // nil for AttrInheritedFrom
}

// DynamicAttr is an attribute whose name is computed. Both its expressions are
// in the scope of the set if that is recursive.
type DynamicAttr struct {
	At    Pos
	Name  Expr
	Value Expr
}

// Attrs is an attribute set, or the bindings of a Let. Attribute paths have been
// made into nested sets and sets for the same name merged, so names are unique.
type Attrs struct {
	At          Pos
	Recursive   bool
	Attrs       []Attr // sorted by Name, the symbol
	InheritFrom []Expr // sources of `inherit (e)`, in the scope of the set if recursive
	Dynamic     []DynamicAttr
}

// List is a list.
type List struct {
	At       Pos
	Elements []Expr
}

// Formal is one attribute in the argument pattern of a function.
type Formal struct {
	At      Pos
	Name    Symbol
	Default Expr // nil if the attribute is required
}

// Formals is an argument pattern.
type Formals struct {
	Formals  []Formal // sorted by Name, the symbol
	Ellipsis bool
}

// Lambda is a function.
type Lambda struct {
	At      Pos
	Name    Symbol   // of the attribute that it is the value of, for messages; or zero
	Arg     Symbol   // `x: ...` or `x@{ ... }: ...`; or zero
	Formals *Formals // nil for `x: ...`
	Body    Expr
}

// Call applies a function to one or more arguments, one after the other.
type Call struct {
	At   Pos
	Func Expr
	Args []Expr
}

// Let is `let ...; in Body`. Its bindings are recursive and never dynamic.
type Let struct {
	At    Pos
	Attrs *Attrs
	Body  Expr
}

// With is `with Scope; Body`.
type With struct {
	At    Pos
	Scope Expr
	Body  Expr
}

// If is a conditional.
type If struct {
	At   Pos
	Cond Expr
	Then Expr
	Else Expr
}

// Assert is `assert Cond; Body`.
type Assert struct {
	At   Pos
	Cond Expr
	Body Expr
}

// Not is `!Operand`.
type Not struct {
	At      Pos
	Operand Expr
}

// Negate is `-Operand`. It means `__sub 0 Operand`, where __sub is looked up
// like a variable at this place.
type Negate struct {
	At      Pos
	Operand Expr
}

// BinaryOp is an operator with two operands.
type BinaryOp uint8

// The binary operators; `+` is a Concat.
const (
	OpEqual BinaryOp = iota
	OpNotEqual
	OpAnd
	OpOr
	OpImplies
	OpUpdate // //
	OpAppend // ++

	// Those below are calls of a function that is looked up like a variable at
	// this place, see BinaryOp.Function.
	OpSub
	OpMul
	OpDiv
	OpLess
	OpGreater      // __lessThan Right Left
	OpLessEqual    // !(__lessThan Right Left)
	OpGreaterEqual // !(__lessThan Left Right)
)

// Binary is `Left Op Right`.
type Binary struct {
	At    Pos
	Op    BinaryOp
	Left  Expr
	Right Expr
}

// Concat joins its parts as `+` does. With Interpolation set it is a string
// with `${}` parts: all parts are made strings and the result is one. Without,
// the type of the first part decides: `a + b`, or a path with `${}` parts.
type Concat struct {
	At            Pos
	Interpolation bool
	Parts         []Expr
}

// Function returns the name of the function an operator calls, or "" if the
// operator is no call.
func (op BinaryOp) Function() string {
	switch op {
	case OpSub:
		return "__sub"
	case OpMul:
		return "__mul"
	case OpDiv:
		return "__div"
	case OpLess, OpGreater, OpLessEqual, OpGreaterEqual:
		return "__lessThan"
	default:
		return ""
	}
}

// Swapped reports whether the operator's function gets Right before Left.
func (op BinaryOp) Swapped() bool { return op == OpGreater || op == OpLessEqual }

// Negated reports whether the operator negates the result of its function.
func (op BinaryOp) Negated() bool { return op == OpLessEqual || op == OpGreaterEqual }

func (e *Int) Pos() Pos     { return e.At }
func (e *Float) Pos() Pos   { return e.At }
func (e *String) Pos() Pos  { return e.At }
func (e *Path) Pos() Pos    { return e.At }
func (e *Var) Pos() Pos     { return e.At }
func (e *CurPos) Pos() Pos  { return e.At }
func (e *Select) Pos() Pos  { return e.At }
func (e *HasAttr) Pos() Pos { return e.At }
func (e *Attrs) Pos() Pos   { return e.At }
func (e *List) Pos() Pos    { return e.At }
func (e *Lambda) Pos() Pos  { return e.At }
func (e *Call) Pos() Pos    { return e.At }
func (e *Let) Pos() Pos     { return e.At }
func (e *With) Pos() Pos    { return e.At }
func (e *If) Pos() Pos      { return e.At }
func (e *Assert) Pos() Pos  { return e.At }
func (e *Not) Pos() Pos     { return e.At }
func (e *Negate) Pos() Pos  { return e.At }
func (e *Binary) Pos() Pos  { return e.At }
func (e *Concat) Pos() Pos  { return e.At }

func (*Int) expr()     {}
func (*Float) expr()   {}
func (*String) expr()  {}
func (*Path) expr()    {}
func (*Var) expr()     {}
func (*CurPos) expr()  {}
func (*Select) expr()  {}
func (*HasAttr) expr() {}
func (*Attrs) expr()   {}
func (*List) expr()    {}
func (*Lambda) expr()  {}
func (*Call) expr()    {}
func (*Let) expr()     {}
func (*With) expr()    {}
func (*If) expr()      {}
func (*Assert) expr()  {}
func (*Not) expr()     {}
func (*Negate) expr()  {}
func (*Binary) expr()  {}
func (*Concat) expr()  {}
