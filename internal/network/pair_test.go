package network

import (
	"net"
	"strings"
	"testing"

	"berth.dev/internal/description"
)

func TestOuterName(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"web", "twelve-chars", "a-rather-long-name", "a-rather-long-one"} {
		got := OuterName(name, false)
		if len(got) > 15 || !strings.HasPrefix(got, "ve-") || seen[got] != "" {
			t.Errorf("%s: got %s, used by %q", name, got, seen[got])
		}
		seen[got] = name
	}
	if OuterName("web", true) != "vb-web" {
		t.Error(OuterName("web", true))
	}
}

// TestPairAndPublishedPorts puts a container behind a host that a client
// reaches over network 1.
func TestPairAndPublishedPorts(t *testing.T) {
	needRoot(t)
	s, err := NewSwitch()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wall := &description.Firewall{Enable: true, CheckReversePath: "strict"}
	host, _ := station(t, s, 2, wall)
	client, _ := station(t, s, 1, &description.Firewall{})
	inner, err := NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	if err := Configure(inner, &description.Network{}); err != nil {
		t.Fatal(err)
	}
	pair := &Pair{Outer: OuterName("web", false), Inner: "eth0", Link: description.ContainerLink{
		HostAddress: "10.1.0.1", LocalAddress: "10.1.0.2", HostAddress6: "fc00::1", LocalAddress6: "fc00::2",
		LocalMAC: "02:00:00:00:00:01"}}
	forwards := []description.PortForward{{Protocol: "tcp", HostPort: 8080, GuestPort: 80}}
	err = host.Do(func() error {
		if err := pair.Connect(inner); err != nil {
			return err
		}
		if err := pair.Connect(inner); err != nil { // replaces what is left over
			return err
		}
		if err := Forwarding(); err != nil {
			return err
		}
		return Publish("web", Published{forwards, []string{"10.1.0.2", "fc00::2"}})
	})
	if err != nil {
		t.Fatal(err)
	}
	listen(t, inner, ":80")
	for _, address := range []string{"10.1.0.2:80", "[fc00::2]:80", "192.168.1.2:8080", "[2001:db8:1::2]:8080"} {
		if err := reached(host, address); err != nil {
			t.Errorf("from the host: %v", err)
		}
	}
	for _, address := range []string{"192.168.1.2:8080", "[2001:db8:1::2]:8080"} {
		if err := reached(client, address); err != nil {
			t.Errorf("from the client: %v", err)
		}
	}
	inner.Do(func() error {
		i, err := net.InterfaceByName("eth0")
		if err != nil || i.HardwareAddr.String() != "02:00:00:00:00:01" {
			t.Errorf("eth0: %v, %v", i, err)
		}
		return nil
	})
	err = host.Do(func() error {
		if err := Unpublish("web"); err != nil {
			return err
		}
		return pair.Disconnect()
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := reach(client, "192.168.1.2:8080"); err == nil {
		t.Error("an unpublished port answered")
	}
}

func TestPairJoinsBridge(t *testing.T) {
	needRoot(t)
	inner, err := NewNamespace()
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	s, err := NewSwitch()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	client, _ := station(t, s, 1, &description.Firewall{})
	pair := &Pair{Outer: OuterName("web", true), Inner: "eth0", Link: description.ContainerLink{
		HostBridge: "br1", LocalAddress: "192.168.1.9/24"}}
	if err := s.namespace.Do(func() error { return pair.Connect(inner) }); err != nil {
		t.Fatal(err)
	}
	listen(t, inner, ":80")
	if err := reached(client, "192.168.1.9:80"); err != nil {
		t.Error(err)
	}
	pair.Link.HostBridge = "none"
	if err := s.namespace.Do(func() error { return pair.Connect(inner) }); err == nil || !strings.Contains(err.Error(), "join bridge none") {
		t.Errorf("a missing bridge: %v", err)
	}
}
