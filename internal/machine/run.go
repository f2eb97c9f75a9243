package machine

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"berth.dev/internal/isolate"
	"berth.dev/internal/network"
)

// run is one boot of a system, of a machine or of a native container.
type run struct {
	name    string
	process *isolate.Process
	cgroup  *isolate.Cgroup
	ids     *idRange
	shared  string
	cables  []cable
	uplink  *uplink
	notify  *net.UnixConn

	// agent is closed when commands can be run, ready when the system has
	// booted, ended when it is over and its console was read to the end.
	agent, ready, ended chan struct{}

	agentOnce, readyOnce sync.Once
	console              *console
}

// cable is a link of a machine and the test network it is plugged into.
type cable struct {
	*network.Cable
	vlan int
}

// newRun prepares what the system will report to.
func newRun(name, shared string) (*run, error) {
	r := &run{name: name, shared: shared,
		agent: make(chan struct{}), ready: make(chan struct{}), ended: make(chan struct{})}
	for _, socket := range []string{agentSocket, notifySocket} {
		if err := os.Remove(shared + "/" + socket); err != nil && !os.IsNotExist(err) {
			return nil, fmt.Errorf("prepare notifications: %w", err)
		}
	}
	err := inDirectory(shared, notifySocket, func(path string) (err error) {
		r.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("prepare notifications: %w", err)
	}
	// The path names a descriptor that is closed by now.
	return r, nil
}

// listen follows what the system reports until it ends.
func (r *run) listen() {
	buffer := make([]byte, 4096)
	for {
		n, err := r.notify.Read(buffer)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buffer[:n])) {
			switch strings.TrimSpace(line) {
			case agentReady:
				r.agentOnce.Do(func() { close(r.agent) })
			case "READY=1":
				r.readyOnce.Do(func() { close(r.ready) })
			}
		}
	}
}

// supervise waits for the end of the first process and cleans up behind it.
func (r *run) supervise() {
	<-r.process.Done()
	if r.cgroup != nil {
		r.cgroup.Kill()
		r.cgroup.Remove()
	}
	r.ids.release()
	r.uplink.close()
	r.console.drain()
	r.notify.Close()
	close(r.ended)
}

func (r *run) kill() {
	r.process.Kill()
	<-r.ended
}

func (r *run) end() End {
	state, err := r.process.Wait()
	if err != nil {
		return Killed
	}
	return endOf(state)
}

// wait waits for an event of the boot, or for the boot's end.
func (r *run) wait(ctx context.Context, event <-chan struct{}, what string) error {
	select {
	case <-event:
		return nil
	default:
	}
	select {
	case <-event:
		return nil
	case <-r.ended:
		return fmt.Errorf("machine %s was %s before %s", r.name, r.end(), what)
	case <-ctx.Done():
		return fmt.Errorf("wait for %s of machine %s: %w", strings.TrimPrefix(what, "its "), r.name, ctx.Err())
	}
}
