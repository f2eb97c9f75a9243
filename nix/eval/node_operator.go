package eval

import "math"

type notNode struct {
	delayed
	operand node
}

func (n *notNode) eval(t *thread, f *frame) Value {
	return mkBool(!t.boolean(n.operand.eval(t, f), n.at))
}

// binaryNode holds the operands of an operator.
type binaryNode struct {
	delayed
	left, right node
}

type andNode struct{ binaryNode }

func (n *andNode) eval(t *thread, f *frame) Value {
	return mkBool(t.boolean(n.left.eval(t, f), n.at) && t.boolean(n.right.eval(t, f), n.at))
}

type orNode struct{ binaryNode }

func (n *orNode) eval(t *thread, f *frame) Value {
	return mkBool(t.boolean(n.left.eval(t, f), n.at) || t.boolean(n.right.eval(t, f), n.at))
}

type impliesNode struct{ binaryNode }

func (n *impliesNode) eval(t *thread, f *frame) Value {
	return mkBool(!t.boolean(n.left.eval(t, f), n.at) || t.boolean(n.right.eval(t, f), n.at))
}

type equalNode struct {
	binaryNode
	negated bool
}

func (n *equalNode) eval(t *thread, f *frame) Value {
	left := n.left.eval(t, f)
	return mkBool(t.equal(left, n.right.eval(t, f)) != n.negated)
}

type updateNode struct {
	binaryNode
	merge *shapeMerge
}

// eval takes the right operand first: C++ Nix joins chains from their end.
func (n *updateNode) eval(t *thread, f *frame) Value {
	right := n.right.eval(t, f)
	if right.tag() != tagAttrs {
		t.failType(n.at, "a set", right)
	}
	left := n.left.eval(t, f)
	if left.tag() != tagAttrs {
		t.failType(n.at, "a set", left)
	}
	return t.update(left, right, &n.merge)
}

type appendNode struct{ binaryNode }

func (n *appendNode) eval(t *thread, f *frame) Value {
	left := n.left.eval(t, f)
	right := n.right.eval(t, f)
	l, r := t.listValue(left, n.at).list(), t.listValue(right, n.at).list()
	switch {
	case len(l) == 0:
		return right
	case len(r) == 0:
		return left
	}
	joined := t.slab.list(len(l) + len(r))
	copy(joined[copy(joined, l):], r)
	return mkList(joined)
}

// arithmeticNode is -, * or /.
type arithmeticNode struct {
	binaryNode
	operation arithmetic
}

func (n *arithmeticNode) eval(t *thread, f *frame) Value {
	left := n.left.eval(t, f)
	right := n.right.eval(t, f)
	t.checkDepth(n.at)
	if left.tag() == tagInt && right.tag() == tagInt && n.operation == subtract {
		return mkInt(left.int() - right.int())
	}
	return t.arithmetic(n.operation, left, right, n.at)
}

// lessNode is one of < > <= >=.
type lessNode struct {
	binaryNode
	swapped, negated bool
}

func (n *lessNode) eval(t *thread, f *frame) Value {
	first, second := n.left, n.right
	if n.swapped {
		first, second = second, first
	}
	l := first.eval(t, f)
	r := second.eval(t, f)
	t.checkDepth(n.at)
	if l.tag() == tagInt && r.tag() == tagInt {
		return mkBool(l.int() < r.int() != n.negated)
	}
	return mkBool(t.less(l, r, n.at) != n.negated)
}

type arithmetic uint8

const (
	add arithmetic = iota
	subtract
	multiply
	divide
)

// arithmetic computes on numbers of any kind.
func (t *thread) arithmetic(op arithmetic, left, right Value, at Pos) Value {
	if op == divide {
		t.divisor(right, at)
	}
	if left.tag() == tagFloat || right.tag() == tagFloat {
		l, r := t.floatValue(left, at), t.floatValue(right, at)
		switch op {
		case add:
			return mkFloat(l + r)
		case subtract:
			return mkFloat(l - r)
		case multiply:
			return mkFloat(l * r)
		}
		return mkFloat(l / r)
	}
	return mkInt(t.integerArithmetic(op, left, right, at))
}

func (t *thread) integerArithmetic(op arithmetic, left, right Value, at Pos) int64 {
	l, r := t.intValue(left, at), t.intValue(right, at)
	var result int64
	var verb, sign string
	var overflow bool
	switch op {
	case add:
		result, verb, sign = l+r, "adding", "+"
		overflow = (l < 0) == (r < 0) && (result < 0) != (l < 0)
	case subtract:
		result, verb, sign = l-r, "subtracting", "-"
		overflow = (l < 0) != (r < 0) && (result < 0) != (l < 0)
	case multiply:
		result, verb, sign = l*r, "multiplying", "*"
		overflow = l != 0 && (result/l != r || l == -1 && r == math.MinInt64)
	default:
		verb, sign = "dividing", "/"
		if overflow = l == math.MinInt64 && r == -1; !overflow {
			result = l / r
		}
	}
	if overflow {
		t.fail(ErrOther, at, "integer overflow in %s %d %s %d", verb, l, sign, r)
	}
	return result
}

// divisor refuses zero; it is looked at first, and as a float.
func (t *thread) divisor(v Value, at Pos) {
	if t.floatValue(v, at) == 0 {
		t.fail(ErrOther, at, "division by zero")
	}
}
