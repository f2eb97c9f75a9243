package machine

import (
	"fmt"
	"io"
	"os"
	"time"
)

// console is a machine's /dev/console: a terminal of the host whose other end
// is read here. The machine's end stays open here, too: a terminal that nobody
// has open reads as ended.
type console struct {
	master, slave *os.File
	done          chan struct{}
}

// openConsole returns nil where the host has no terminals to give; then the
// machine has no console.
func openConsole(out io.Writer) *console {
	master, slave, err := openTerminal(WindowSize{Rows: 25, Columns: 200})
	if err != nil {
		return nil
	}
	if out == nil {
		out = io.Discard
	}
	c := &console{master: master, slave: slave, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		io.Copy(out, master)
	}()
	return c
}

// path is the terminal's path on the host.
func (c *console) path() string { return c.slave.Name() }

// giveTo makes a user of the host the terminal's owner.
func (c *console) giveTo(uid int) error {
	if c == nil {
		return nil
	}
	if err := c.slave.Chown(uid, -1); err != nil {
		return fmt.Errorf("prepare console: %w", err)
	}
	return nil
}

// drain reads what is left once nobody writes any more.
func (c *console) drain() {
	if c == nil {
		return
	}
	c.slave.Close()
	select {
	case <-c.done:
	case <-time.After(time.Second):
	}
	c.master.Close()
}
