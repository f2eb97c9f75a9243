package network

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// Load replaces berth's table in a namespace by a ruleset in one transaction,
// and reads back what the kernel then has. When they differ, or on any other
// error, the caller must not let anything run in the namespace.
func Load(namespace *Namespace, r *Ruleset) error {
	if err := namespace.Do(func() error { return load(r) }); err != nil {
		return fmt.Errorf("load firewall: %w", err)
	}
	return nil
}

func load(r *Ruleset) error {
	connection, err := nftables.New(nftables.AsLasting())
	if err != nil {
		return err
	}
	defer connection.CloseLasting()
	table := &nftables.Table{Family: nftables.TableFamilyINet, Name: r.table}
	// Adding first makes deleting possible whether it was there or not.
	connection.AddTable(table)
	connection.DelTable(table)
	connection.AddTable(table)
	for i := range r.chains {
		connection.AddChain(r.chains[i].kernel(table))
	}
	for i := range r.chains {
		c := &r.chains[i]
		for _, statements := range c.rules {
			connection.AddRule(&nftables.Rule{Table: table, Chain: &nftables.Chain{Name: c.name, Table: table}, Exprs: statements.expressions()})
		}
	}
	if err := connection.Flush(); err != nil {
		return err
	}
	return verify(connection, table, r)
}

func (c *chain) kernel(table *nftables.Table) *nftables.Chain {
	k := &nftables.Chain{Name: c.name, Table: table}
	if c.hook == "" {
		return k
	}
	policy := nftables.ChainPolicyAccept
	if c.drop {
		policy = nftables.ChainPolicyDrop
	}
	k.Type, k.Policy = nftables.ChainType(c.kind), &policy
	k.Priority = nftables.ChainPriorityRef(nftables.ChainPriority(c.priority))
	switch c.hook {
	case "prerouting":
		k.Hooknum = nftables.ChainHookPrerouting
	case "output":
		k.Hooknum = nftables.ChainHookOutput
	case "forward":
		k.Hooknum = nftables.ChainHookForward
	case "postrouting":
		k.Hooknum = nftables.ChainHookPostrouting
	default:
		k.Hooknum = nftables.ChainHookInput
	}
	return k
}

// verify compares the kernel's chains and rules with the wanted ones.
func verify(connection *nftables.Conn, table *nftables.Table, r *Ruleset) error {
	chains, err := connection.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return fmt.Errorf("read chains back: %w", err)
	}
	found := map[string]*nftables.Chain{}
	for _, c := range chains {
		if c.Table.Name == r.table {
			found[c.Name] = c
		}
	}
	if len(found) != len(r.chains) {
		return fmt.Errorf("read back %d chains, loaded %d", len(found), len(r.chains))
	}
	for i := range r.chains {
		c := &r.chains[i]
		if err := c.verify(connection, table, found[c.name]); err != nil {
			return fmt.Errorf("chain %s: %w", c.name, err)
		}
	}
	return nil
}

func (c *chain) verify(connection *nftables.Conn, table *nftables.Table, found *nftables.Chain) error {
	if found == nil {
		return errors.New("is missing after loading")
	}
	wanted := c.kernel(table)
	if wanted.Policy != nil && (found.Policy == nil || *found.Policy != *wanted.Policy) {
		return errors.New("has another policy after loading")
	}
	rules, err := connection.GetRules(table, found)
	if err != nil {
		return fmt.Errorf("read rules back: %w", err)
	}
	if len(rules) != len(c.rules) {
		return fmt.Errorf("read back %d rules, loaded %d", len(rules), len(c.rules))
	}
	for i, statements := range c.rules {
		if err := sameExpressions(statements.expressions(), rules[i].Exprs); err != nil {
			return fmt.Errorf("rule %q: %w", statements, err)
		}
	}
	return nil
}

func sameExpressions(wanted, found []expr.Any) error {
	if len(wanted) != len(found) {
		return fmt.Errorf("read back %d expressions, loaded %d", len(found), len(wanted))
	}
	for i := range wanted {
		w, err := expr.Marshal(byte(nftables.TableFamilyINet), wanted[i])
		if err != nil {
			return err
		}
		f, err := expr.Marshal(byte(nftables.TableFamilyINet), found[i])
		if err != nil {
			return err
		}
		if !bytes.Equal(w, f) {
			return fmt.Errorf("read back %#v, loaded %#v", found[i], wanted[i])
		}
	}
	return nil
}
