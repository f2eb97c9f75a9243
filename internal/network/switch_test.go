package network

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/description"
)

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes network namespaces")
	}
}

// station is a namespace plugged into network 1 at 192.168.1.n.
func station(t *testing.T, s *Switch, n int, f *description.Firewall) (*Namespace, *Cable) {
	t.Helper()
	namespace, err := NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { namespace.Close() })
	cable, err := s.Plug(1, namespace, Port{Name: "eth1", MAC: fmt.Sprintf("52:54:00:12:01:%02x", n)})
	if err != nil {
		t.Fatal(err)
	}
	err = Configure(namespace, &description.Network{
		Interfaces: map[string]description.Interface{"eth1": {VLAN: 1, Addresses: []string{
			fmt.Sprintf("192.168.1.%d/24", n), fmt.Sprintf("2001:db8:1::%d/64", n)}}},
		Sysctl: map[string]string{"net.ipv4.conf.eth1.forwarding": "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := Rules(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r != nil {
		if err := Load(namespace, r); err != nil {
			t.Fatal(err)
		}
	}
	return namespace, cable
}

// listen accepts connections in a namespace and says "hello".
func listen(t *testing.T, namespace *Namespace, address string) {
	t.Helper()
	err := namespace.Do(func() error {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.Write([]byte("hello"))
				c.Close()
			}
		}()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func reach(namespace *Namespace, address string) error {
	return namespace.Do(func() error {
		c, err := net.DialTimeout("tcp", address, 300*time.Millisecond)
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// reached gives links and addresses the time that the kernel takes, in the
// background, until they work.
func reached(namespace *Namespace, address string) error {
	var err error
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		if err = reach(namespace, address); err == nil {
			return nil
		}
	}
	return err
}

func TestOpenPortAnswersAndClosedDoesNot(t *testing.T) {
	needRoot(t)
	s, err := NewSwitch()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wall := &description.Firewall{Enable: true, AllowPing: true, CheckReversePath: "strict"}
	wall.AllowedTCPPorts = []int{3000}
	server, cable := station(t, s, 2, wall)
	client, _ := station(t, s, 1, &description.Firewall{})
	for _, port := range []string{":3000", ":4000"} {
		listen(t, server, port)
	}
	for _, address := range []string{"192.168.1.2:3000", "[2001:db8:1::2]:3000"} {
		if err := reached(client, address); err != nil {
			t.Errorf("open port: %v", err)
		}
	}
	for _, address := range []string{"192.168.1.2:4000", "[2001:db8:1::2]:4000"} {
		if err := reach(client, address); err == nil || !strings.Contains(err.Error(), "timeout") {
			t.Errorf("closed port %s: got %v, want a time-out", address, err)
		}
	}
	if err := reach(server, "192.168.1.2:4000"); err != nil {
		t.Errorf("closed port from inside: %v", err)
	}
	if err := cable.Disconnect(); err != nil {
		t.Fatal(err)
	}
	if err := reach(client, "192.168.1.2:3000"); err == nil {
		t.Error("a disconnected machine answered")
	}
	if err := cable.Connect(); err != nil {
		t.Fatal(err)
	}
	if err := reached(client, "192.168.1.2:3000"); err != nil {
		t.Errorf("reconnected: %v", err)
	}
}

// waitForNeighbour asks for the server until its link works.
func waitForNeighbour(client *Namespace) {
	for range 10 {
		if err := reach(client, "192.168.1.2:9"); strings.Contains(err.Error(), "refused") {
			return
		}
	}
}

func TestRejectedPacketsAreAnswered(t *testing.T) {
	needRoot(t)
	s, err := NewSwitch()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	station(t, s, 2, &description.Firewall{Enable: true, RejectPackets: true})
	client, _ := station(t, s, 1, &description.Firewall{})
	waitForNeighbour(client)
	if err := reach(client, "192.168.1.2:4000"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v, want refused", err)
	}
}

func TestEveryCaseLoads(t *testing.T) {
	needRoot(t)
	for name, c := range readCases(t) {
		r, err := Rules(&c.Firewall, c.NAT)
		if err != nil || r == nil {
			continue
		}
		namespace, err := NewNamespace()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time replaces the first
			if err := Load(namespace, r); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		namespace.Close()
	}
}

// TestLoadNoticesDifferences checks the check: a rule that the kernel has
// otherwise than it was written must be found.
func TestLoadNoticesDifferences(t *testing.T) {
	needRoot(t)
	r, err := Rules(&description.Firewall{Enable: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := sameExpressions(r.chains[0].rules[0].expressions(), r.chains[0].rules[1].expressions()); err == nil {
		t.Error("different rules count as equal")
	}
	// A jump to a chain that does not exist is refused by the kernel.
	r.chains[0].rules = append(r.chains[0].rules, rule{jump("nowhere")})
	namespace, err := NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	defer namespace.Close()
	if err := Load(namespace, r); err == nil {
		t.Error("a broken ruleset was loaded")
	}
}

func TestSettingPath(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.ip_forward":            "net/ipv4/ip_forward",
		"net.ipv4.conf.eth0/1.rp_filter": "net/ipv4/conf/eth0.1/rp_filter",
		"net/ipv4/conf/eth0.1/rp_filter": "net/ipv4/conf/eth0.1/rp_filter",
	} {
		if got := settingPath(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if err := writeSetting("kernel.hostname", "x"); err == nil {
		t.Error("a setting of the host was accepted")
	}
}
