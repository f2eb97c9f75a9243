package machine

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"berth.dev/internal/description"
)

// proxy passes one port of the host on to a machine. It works for connections
// from the host itself, too, and needs no rules in the host's packet filter.
type proxy struct {
	stream  net.Listener
	packets net.PacketConn
	target  string

	mu     sync.Mutex
	closed bool
	open   map[io.Closer]bool
}

func openProxy(f description.PortForward, guest string) (*proxy, error) {
	port := f.GuestPort
	if port == 0 {
		port = f.HostPort
	}
	p := &proxy{target: net.JoinHostPort(guest, strconv.Itoa(port)), open: map[io.Closer]bool{}}
	address := net.JoinHostPort(f.HostAddress, strconv.Itoa(f.HostPort))
	var err error
	switch f.Protocol {
	case "", "tcp":
		if p.stream, err = net.Listen("tcp", address); err == nil {
			go p.acceptAll()
		}
	case "udp":
		if p.packets, err = net.ListenPacket("udp", address); err == nil {
			go p.relayAll()
		}
	default:
		err = fmt.Errorf("protocol %q: expected tcp or udp", f.Protocol)
	}
	if err != nil {
		return nil, fmt.Errorf("publish port %d: %w", f.HostPort, err)
	}
	return p, nil
}

// close closes the port and all connections through it.
func (p *proxy) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.stream != nil {
		p.stream.Close()
	}
	if p.packets != nil {
		p.packets.Close()
	}
	for c := range p.open {
		c.Close()
	}
}

// keep remembers what to close at the end, and reports whether that has come.
func (p *proxy) keep(c io.Closer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		c.Close()
		return false
	}
	p.open[c] = true
	return true
}

func (p *proxy) drop(c io.Closer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c)
	c.Close()
}

func (p *proxy) acceptAll() {
	for {
		c, err := p.stream.Accept()
		if err != nil {
			return
		}
		go p.connect(c)
	}
}

// connect copies both ways; the end of one direction is passed on.
func (p *proxy) connect(outer net.Conn) {
	if !p.keep(outer) {
		return
	}
	defer p.drop(outer)
	inner, err := net.DialTimeout("tcp", p.target, 10*time.Second)
	if err != nil || !p.keep(inner) {
		return
	}
	defer p.drop(inner)
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{outer, inner}, {inner, outer}} {
		both.Go(func() {
			io.Copy(way[1], way[0])
			if c, ok := way[1].(*net.TCPConn); ok {
				c.CloseWrite()
			}
		})
	}
	both.Wait()
}

// sessionIdle is how long answers to a sender of packets are passed back after
// the last one.
const sessionIdle = time.Minute

// relayAll passes packets on, with a socket of its own for every sender so
// that answers find the way back.
func (p *proxy) relayAll() {
	sessions := map[string]net.Conn{}
	var mu sync.Mutex
	buffer := make([]byte, 1<<16)
	for {
		n, sender, err := p.packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		mu.Lock()
		inner := sessions[sender.String()]
		mu.Unlock()
		if inner == nil {
			if inner, err = net.Dial("udp", p.target); err != nil || !p.keep(inner) {
				continue
			}
			mu.Lock()
			sessions[sender.String()] = inner
			mu.Unlock()
			go func() {
				p.answer(inner, sender)
				mu.Lock()
				delete(sessions, sender.String())
				mu.Unlock()
			}()
		}
		inner.Write(buffer[:n])
	}
}

func (p *proxy) answer(inner net.Conn, sender net.Addr) {
	defer p.drop(inner)
	buffer := make([]byte, 1<<16)
	for {
		inner.SetReadDeadline(time.Now().Add(sessionIdle))
		n, err := inner.Read(buffer)
		if err != nil {
			return
		}
		if _, err := p.packets.WriteTo(buffer[:n], sender); err != nil {
			return
		}
	}
}
