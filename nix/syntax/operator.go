package syntax

// precedence orders the operators, loosest first.
type precedence uint8

const (
	precLowest precedence = iota
	precImplies
	precOr
	precAnd
	precEqual
	precLess
	precUpdate
	precNot
	precSum
	precProduct
	precAppend
	precHasAttr
	precNegate
)

type associativity uint8

const (
	leftAssociative associativity = iota
	rightAssociative
	notAssociative
)

// operator describes a binary operator. All but `+` and `?` make a Binary.
type operator struct {
	prec  precedence // zero if the token is no operator
	assoc associativity
	op    BinaryOp
}

var operators = [tokenCount]operator{
	tokImplies:      {precImplies, rightAssociative, OpImplies},
	tokOrOr:         {precOr, leftAssociative, OpOr},
	tokAnd:          {precAnd, leftAssociative, OpAnd},
	tokEqual:        {precEqual, notAssociative, OpEqual},
	tokNotEqual:     {precEqual, notAssociative, OpNotEqual},
	tokLess:         {precLess, notAssociative, OpLess},
	tokGreater:      {precLess, notAssociative, OpGreater},
	tokLessEqual:    {precLess, notAssociative, OpLessEqual},
	tokGreaterEqual: {precLess, notAssociative, OpGreaterEqual},
	tokUpdate:       {precUpdate, rightAssociative, OpUpdate},
	tokPlus:         {prec: precSum, assoc: leftAssociative},
	tokMinus:        {precSum, leftAssociative, OpSub},
	tokStar:         {precProduct, leftAssociative, OpMul},
	tokSlash:        {precProduct, leftAssociative, OpDiv},
	tokAppend:       {precAppend, rightAssociative, OpAppend},
	tokQuestion:     {prec: precHasAttr, assoc: leftAssociative},
}

// operation reads operands joined by operators that bind at least as tightly as
// least (precedence climbing).
func (p *parser) operation(least precedence) Expr {
	start := p.start
	e := p.operand()
	forbidden := precLowest // precedence of a non-associative operator just used
	depth := p.depth
	for {
		kind := p.kind
		operator := operators[kind]
		if operator.prec == precLowest || operator.prec < least {
			break
		}
		if operator.prec == forbidden {
			p.unexpected()
		}
		p.enter(linkCost)
		at := p.pos(p.start)
		p.next()
		e = p.operate(kind, at, p.pos(start), e)
		if operator.assoc == notAssociative {
			forbidden = operator.prec
		} else {
			forbidden = precLowest
		}
	}
	p.depth = depth
	return e
}

// operate reads what stands behind an operator and makes the node.
func (p *parser) operate(kind token, at, start Pos, e Expr) Expr {
	if kind == tokQuestion {
		return &HasAttr{At: start, Object: e, Path: p.attrPath()}
	}
	operator := operators[kind]
	least := operator.prec + 1
	if operator.assoc == rightAssociative {
		least = operator.prec
	}
	operand := p.operation(least)
	if kind == tokPlus {
		sum := p.nodes.concats.one()
		*sum = Concat{At: at, Parts: p.nodes.exprList.keep([]Expr{e, operand})}
		return sum
	}
	node := p.nodes.binaries.one()
	*node = Binary{At: at, Op: operator.op, Left: e, Right: operand}
	return node
}

// operand reads an application with the unary operators in front of it. These
// may stand behind an operator that binds more tightly: `2 * !a + b` is
// `2 * !(a + b)`.
func (p *parser) operand() Expr {
	at := p.pos(p.start)
	switch p.kind {
	case tokNot:
		return &Not{At: at, Operand: p.unary(precNot)}
	case tokMinus:
		return &Negate{At: at, Operand: p.unary(precNegate)}
	}
	return p.application()
}

func (p *parser) unary(prec precedence) Expr {
	p.enter(levelCost)
	p.next()
	e := p.operation(prec)
	p.depth -= levelCost
	return e
}
