package network

import (
	"fmt"
	"strings"

	"github.com/google/nftables/expr"
)

// tableName is the packet filter table of a system, and with a suffix that of
// one container's published ports. No other table is ever touched: they belong
// to engines.
const tableName = "berth"

// A Ruleset is the packet filter of one system: text for people and for
// nft(8), and the same as the kernel's expressions. All is written with
// numbers, because names need files such as /etc/protocols to be understood.
type Ruleset struct {
	table  string
	chains []chain
}

// chain is a list of rules; hook is empty for one that others jump to.
type chain struct {
	name     string
	kind     string
	hook     string
	priority int
	drop     bool
	rules    []rule
}

// rule is a sequence of statements, each of which goes on when it matches.
type rule []statement

// statement is a part of a rule in both notations.
type statement struct {
	text  string
	exprs []expr.Any
}

// String is the ruleset in the notation of nft(8).
func (r *Ruleset) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table inet %s {\n", r.table)
	for i, c := range r.chains {
		if i > 0 {
			b.WriteString("\n")
		}
		c.write(&b)
	}
	b.WriteString("}\n")
	return b.String()
}

func (c *chain) write(b *strings.Builder) {
	fmt.Fprintf(b, "\tchain %s {\n", c.name)
	if c.hook != "" {
		policy := "accept"
		if c.drop {
			policy = "drop"
		}
		fmt.Fprintf(b, "\t\ttype %s hook %s priority %d; policy %s;\n", c.kind, c.hook, c.priority, policy)
	}
	for _, r := range c.rules {
		fmt.Fprintf(b, "\t\t%s\n", r)
	}
	b.WriteString("\t}\n")
}

func (r rule) String() string {
	parts := make([]string, len(r))
	for i, s := range r {
		parts[i] = s.text
	}
	return strings.Join(parts, " ")
}

func (r rule) expressions() []expr.Any {
	var all []expr.Any
	for _, s := range r {
		all = append(all, s.exprs...)
	}
	return all
}
