package machine

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"berth.dev/internal/description"
	"berth.dev/internal/network"
)

// freePort is a port of the host that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestUplink(t *testing.T) {
	b := newBench(t)
	stream, packets := freePort(t), freePort(t)
	s := system("server", "2")
	s.Firewall.AllowedTCPPorts = []int{80}
	s.Firewall.AllowedUDPPorts = []int{81}
	s.Network.Forwards = []description.PortForward{
		{Protocol: "tcp", HostAddress: "127.0.0.1", HostPort: stream, GuestPort: 80},
		{Protocol: "udp", HostAddress: "127.0.0.1", HostPort: packets, GuestPort: 81},
	}
	s.Units["stream.service"] = service("/bin/bash -c 'while :; do echo pong | nc -N -l 80; done'")
	s.Units["packets.service"] = service("/bin/bash -c 'while :; do echo pong | nc -u -W 1 -l 81; done'")
	m := b.machine(s, func(c *Config) { c.Uplink = true })
	b.start(m)
	waitFor(t, "the forwarded port", func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", stream))
		if err != nil {
			return false
		}
		defer c.Close()
		answer, _ := io.ReadAll(c)
		return string(answer) == "pong\n"
	})
	waitFor(t, "the forwarded packets", func() bool {
		c, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", packets))
		if err != nil {
			return false
		}
		defer c.Close()
		c.Write([]byte("ping"))
		c.SetReadDeadline(time.Now().Add(time.Second))
		answer := make([]byte, 10)
		n, _ := c.Read(answer)
		return string(answer[:n]) == "pong\n"
	})
	// A server on the host, which the machine sees as its gateway.
	l, err := net.Listen("tcp4", network.UplinkGateway()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			c.Write([]byte("from the host"))
			c.Close()
		}
	}()
	if got := b.succeed(m, fmt.Sprintf("nc -w 2 %s %d", network.UplinkGateway(), l.Addr().(*net.TCPAddr).Port)); got != "from the host" {
		t.Errorf("the host answers %q", got)
	}
	// The host's own addresses are beyond the gateway.
	b.succeed(m, "ping -c 1 -W 2 "+hostAddress(t))
	if host, err := os.ReadFile("/etc/resolv.conf"); err == nil && !namesLoopback(string(host)) {
		if got := b.succeed(m, "cat /etc/resolv.conf"); got != strings.TrimSpace(string(host)) {
			t.Errorf("resolv.conf is %q", got)
		}
	}
	m.Kill()
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", stream)); err == nil {
		c.Close()
		t.Error("the port of a machine that is off is open")
	}
}

func hostAddress(t *testing.T) string {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() && n.IP.String() != network.UplinkGateway() {
			return n.IP.String()
		}
	}
	t.Skip("needs a host with an IPv4 address")
	return ""
}

// TestUndo checks that changes to the host are taken back, by a group's end
// and by a sweep.
func TestUndo(t *testing.T) {
	b := newBench(t)
	const forwarding = "net.ipv4.ip_forward"
	m := b.machine(system("server", "2"), func(c *Config) { c.Uplink = true })
	b.start(m)
	if now, _ := network.Setting(forwarding); now != "1" {
		t.Errorf("%s is %s while machines have uplinks", forwarding, now)
	}
	if len(readUndoFile(b.group.Directory())) != 2 { // cgroup, table
		t.Errorf("recorded %+v", readUndoFile(b.group.Directory()))
	}
	if err := b.group.Close(); err != nil {
		t.Fatal(err)
	}
}
