package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// ExecRequest is a command to run inside a machine.
type ExecRequest struct {
	// Argv is the command, its program looked up in PATH when it has no
	// slash. Instead of it Shell may be text for a login shell.
	Argv  []string
	Shell string
	// Env is the environment as NAME=value. PATH, HOME, USER, LOGNAME, SHELL
	// and LANG get a login's values when they are missing.
	Env []string
	// Directory is "/" when empty.
	Directory string
	// User is a name inside; root when empty.
	User string
	// Stdin is empty when nil, Stdout and Stderr are discarded when nil.
	// Files are passed as they are; everything else is copied.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Terminal, when not nil, gives the command a terminal of that size:
	// Stdin and Stdout are its two directions and Stderr is unused.
	Terminal *WindowSize
	// Resize delivers new sizes of the terminal.
	Resize <-chan WindowSize
	// Signals are delivered to the command.
	Signals <-chan syscall.Signal
}

// Exec runs a command and returns when it has ended and everything that held
// its standard output and error has closed them. When ctx ends, the command
// and all that it started are killed. A command that ends with another status
// than 0 is no error.
func (m *Machine) Exec(ctx context.Context, request ExecRequest) (ExitStatus, error) {
	r, err := m.running()
	if err != nil {
		return ExitStatus{}, err
	}
	if err := r.wait(ctx, r.agent, "its agent"); err != nil {
		return ExitStatus{}, err
	}
	return execute(ctx, r.shared, request)
}

// execute talks to the agent whose socket is in the shared directory.
func execute(ctx context.Context, shared string, request ExecRequest) (ExitStatus, error) {
	c, err := dialAgent(shared)
	if err != nil {
		return ExitStatus{}, fmt.Errorf("reach the machine's agent, is the machine running? %w", err)
	}
	x := &execution{conn: c, in: newReceiver(c), request: request}
	defer x.close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	status, err := x.run()
	if ctx.Err() != nil {
		return status, ctx.Err()
	}
	return status, err
}

func dialAgent(shared string) (c *net.UnixConn, err error) {
	err = inDirectory(shared, agentSocket, func(path string) error {
		c, err = net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		return err
	})
	return c, err
}

// execution is one command as its client sees it.
type execution struct {
	conn    *net.UnixConn
	in      *receiver
	request ExecRequest

	send   sync.Mutex
	copies sync.WaitGroup
	// mine are descriptors that this side keeps, theirs are passed.
	mine, theirs []*os.File
}

func (x *execution) run() (ExitStatus, error) {
	if err := x.begin(); err != nil {
		return ExitStatus{}, err
	}
	ended := make(chan struct{})
	defer close(ended)
	go x.forward(ended)
	var reply agentReply
	if err := x.in.receive(&reply); err != nil {
		return ExitStatus{}, fmt.Errorf("lost the command, the machine went down or its agent was stopped: %w", err)
	}
	if reply.Exited == nil {
		return ExitStatus{}, errors.New("the machine's agent gave an answer that has no exit status")
	}
	x.copies.Wait()
	x.order(agentOrder{Done: true})
	return *reply.Exited, nil
}

// begin sends the request and starts to copy what is not a descriptor.
func (x *execution) begin() error {
	argv := x.request.Argv
	if x.request.Shell != "" {
		argv = []string{"/bin/bash", "--login", "-c", x.request.Shell}
	}
	if len(argv) == 0 {
		return errors.New("run command: no command given")
	}
	if x.request.Terminal == nil {
		if err := x.openFiles(); err != nil {
			return err
		}
	}
	request := agentRequest{Argv: argv, Env: x.request.Env, Directory: x.request.Directory,
		User: x.request.User, Terminal: x.request.Terminal}
	err := sendMessage(x.conn, request, x.theirs...)
	closeAll(x.theirs)
	x.theirs = nil
	if err != nil {
		return err
	}
	var reply agentReply
	if err := x.in.receive(&reply); err != nil {
		return fmt.Errorf("no answer from the machine's agent: %w", err)
	}
	if reply.Error != "" {
		return errors.New(reply.Error)
	}
	if x.request.Terminal != nil {
		return x.connectTerminal()
	}
	return nil
}

func (x *execution) openFiles() error {
	stdin, err := x.input()
	if err != nil {
		return err
	}
	x.theirs = append(x.theirs, stdin)
	stdout, err := x.output(x.request.Stdout)
	if err != nil {
		return err
	}
	x.theirs = append(x.theirs, stdout)
	var stderr *os.File
	if sameWriter(x.request.Stdout, x.request.Stderr) {
		stderr, err = duplicate(stdout) // one pipe keeps the order
	} else {
		stderr, err = x.output(x.request.Stderr)
	}
	if err == nil {
		x.theirs = append(x.theirs, stderr)
	}
	return err
}

// sameWriter does without comparing values that cannot be compared.
func sameWriter(a, b io.Writer) bool {
	return a != nil && b != nil && reflect.TypeOf(a).Comparable() && reflect.TypeOf(b).Comparable() && a == b
}

// pipe makes one whose inner end the command may open again, as /dev/stderr.
func (x *execution) pipe(inner func(reader, writer *os.File) *os.File) (reader, writer *os.File, err error) {
	if reader, writer, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	if peer, err := peerUser(x.conn); err == nil && peer != os.Geteuid() {
		_ = inner(reader, writer).Chown(peer, -1)
	}
	return reader, writer, nil
}

// peerUser is who the agent is on this side.
func peerUser(c *net.UnixConn) (uid int, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var credentials *unix.Ucred
	controlErr := raw.Control(func(fd uintptr) {
		credentials, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if err = errors.Join(controlErr, err); err != nil {
		return 0, err
	}
	return int(credentials.Uid), nil
}

func (x *execution) input() (*os.File, error) {
	switch r := x.request.Stdin.(type) {
	case nil:
		return os.Open(os.DevNull)
	case *os.File:
		return duplicate(r)
	default:
		theirs, mine, err := x.pipe(func(reader, _ *os.File) *os.File { return reader })
		if err != nil {
			return nil, err
		}
		x.mine = append(x.mine, mine)
		// Not waited for: the reader may never end.
		go func() {
			io.Copy(mine, r)
			mine.Close()
		}()
		return theirs, nil
	}
}

func (x *execution) output(w io.Writer) (*os.File, error) {
	switch w := w.(type) {
	case nil:
		return os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	case *os.File:
		return duplicate(w)
	default:
		mine, theirs, err := x.pipe(func(_, writer *os.File) *os.File { return writer })
		if err != nil {
			return nil, err
		}
		x.mine = append(x.mine, mine)
		x.copies.Go(func() { io.Copy(w, mine) })
		return theirs, nil
	}
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, fmt.Errorf("pass %s: %w", f.Name(), err)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// connectTerminal copies between the client and the terminal's other end.
func (x *execution) connectTerminal() error {
	files := x.in.take()
	if len(files) != 1 {
		closeAll(files)
		return errors.New("the machine's agent gave no terminal")
	}
	terminal := files[0]
	x.mine = append(x.mine, terminal)
	if x.request.Stdin != nil {
		go io.Copy(terminal, x.request.Stdin)
	}
	if x.request.Stdout != nil {
		x.copies.Go(func() { io.Copy(x.request.Stdout, terminal) })
	}
	return nil
}

// forward passes signals and sizes on while the command runs.
func (x *execution) forward(ended <-chan struct{}) {
	signals, sizes := x.request.Signals, x.request.Resize
	for {
		select {
		case s, open := <-signals:
			if !open {
				signals = nil
				continue
			}
			x.order(agentOrder{Signal: int(s)})
		case size, open := <-sizes:
			if !open {
				sizes = nil
				continue
			}
			x.order(agentOrder{Resize: &size})
		case <-ended:
			return
		}
	}
}

func (x *execution) order(o agentOrder) {
	x.send.Lock()
	defer x.send.Unlock()
	sendMessage(x.conn, o)
}

func (x *execution) close() {
	x.conn.Close()
	closeAll(x.mine)
	closeAll(x.theirs)
	x.copies.Wait()
}
