package root

import (
	"fmt"
	"strings"
)

// names writes the files that say who and where the system is.
func (c *configuration) names() error {
	n := c.System.Network
	files := map[string]string{
		"etc/hostname":    orElse(n.HostName, "localhost") + "\n",
		"etc/hosts":       c.hosts(),
		"etc/resolv.conf": c.resolver(),
	}
	for name, text := range files {
		if err := c.tree.file(name, text, 0o644, owner{}); err != nil {
			return err
		}
	}
	return nil
}

// hosts names this host, then every other the description knows.
func (c *configuration) hosts() string {
	var text strings.Builder
	text.WriteString("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
	n := c.System.Network
	named := false
	for _, h := range n.Hosts {
		fmt.Fprintf(&text, "%s %s\n", h.Address, strings.Join(h.Names, " "))
		for _, name := range h.Names {
			named = named || name == n.HostName
		}
	}
	if !named && n.HostName != "" && n.HostName != "localhost" {
		full := ""
		if n.Domain != "" {
			full = n.HostName + "." + n.Domain + " "
		}
		fmt.Fprintf(&text, "127.0.0.2 %s%s\n", full, n.HostName)
	}
	return text.String()
}

func (c *configuration) resolver() string {
	var text strings.Builder
	n := c.System.Network
	if len(n.Search) > 0 {
		fmt.Fprintf(&text, "search %s\n", strings.Join(n.Search, " "))
	} else if n.Domain != "" {
		fmt.Fprintf(&text, "search %s\n", n.Domain)
	}
	for _, server := range n.Nameservers {
		fmt.Fprintf(&text, "nameserver %s\n", server)
	}
	return text.String()
}
