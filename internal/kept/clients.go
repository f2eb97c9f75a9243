package kept

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// maxConsole bounds what is remembered of a boot.
const maxConsole = 2000

// listen opens the socket in the machine's directory.
func (s *supervisor) listen(directory string) error {
	return inDirectory(directory, func(short string) (err error) {
		path := filepath.Join(short, controlName)
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return err
		}
		if s.control, err = net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"}); err != nil {
			return err
		}
		s.control.SetUnlinkOnClose(false) // its path names a descriptor
		return os.Chmod(path, 0o600)
	})
}

// tell passes an event on. A client that does not listen misses lines.
func (s *supervisor) tell(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Status == nil && len(s.console) < maxConsole {
		s.console = append(s.console, e.Console)
	}
	for w := range s.watchers {
		select {
		case w <- e:
		default:
		}
	}
}

func (s *supervisor) serve() {
	for {
		c, err := s.control.Accept()
		if err != nil {
			return
		}
		s.clients.Go(func() {
			s.answer(c)
			c.Close()
		})
	}
}

// answer serves one client.
func (s *supervisor) answer(c net.Conn) {
	var r request
	c.SetReadDeadline(time.Now().Add(askTimeout))
	if json.NewDecoder(c).Decode(&r) != nil {
		return
	}
	c.SetReadDeadline(time.Time{})
	out := json.NewEncoder(c)
	if r.Do == askStatus {
		s.mu.Lock()
		status := s.status
		s.mu.Unlock()
		out.Encode(Event{Status: &status})
		return
	}
	if r.Do == askNetwork {
		out.Encode(s.changeNetwork())
		return
	}
	w := s.watch()
	switch r.Do {
	case askWatch:
	case askStop:
		go s.stop(r.Patience, false)
	case askBoot:
		go s.stop(r.Patience, true)
	default:
		s.leave(w)
		out.Encode(Event{Error: fmt.Sprintf("its supervisor cannot %q; it is of another version of berth, 'berth restart' brings a new one", r.Do)})
		return
	}
	gone := make(chan struct{})
	go func() {
		c.Read(make([]byte, 1)) // returns when the client goes
		close(gone)
	}()
	for {
		select {
		case <-gone:
			s.leave(w)
			return
		case e, more := <-w:
			if !more {
				return
			}
			c.SetWriteDeadline(time.Now().Add(askTimeout))
			if out.Encode(e) != nil {
				s.leave(w)
				return
			}
		}
	}
}

// changeNetwork takes the firewall and the ports over from the launch.
func (s *supervisor) changeNetwork() Event {
	l, err := s.yard.Launch(s.name)
	if err != nil {
		return Event{Error: err.Error()}
	}
	s.mu.Lock()
	m, status := s.machine, s.status
	s.mu.Unlock()
	n := l.System.Network
	n.Forwards = l.Ports()
	if err := m.ChangeNetwork(&n, &l.System.Firewall); err != nil {
		return Event{Error: err.Error()}
	}
	status.Ports = n.Forwards
	s.change(status)
	return Event{Status: &status}
}

// watch returns all events from the beginning of this boot on.
func (s *supervisor) watch() chan Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := make(chan Event, 2*maxConsole)
	for _, line := range s.console {
		w <- Event{Console: line}
	}
	status := s.status
	w <- Event{Status: &status}
	s.watchers[w] = true
	return w
}

func (s *supervisor) leave(w chan Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
}
