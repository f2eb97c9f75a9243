package machine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// agent serves one machine from inside.
type agent struct {
	// group is the agent's cgroup where leaves for commands are made; empty
	// when there is no version 2 hierarchy.
	group string
	next  atomic.Int64

	mu sync.Mutex
	// old are leaves whose command has ended but whose processes may not.
	old []string
}

// agentMain is the stage "__agent": it serves requests on a socket in the
// directory that is its argument.
func agentMain(args []string) int {
	if len(args) != 1 {
		fmt.Fprintln(os.Stderr, "berth: usage: __agent DIRECTORY")
		return 2
	}
	if err := serveAgent(args[0]); err != nil {
		fmt.Fprintln(os.Stderr, "berth: agent:", err)
		return 1
	}
	return 0
}

func serveAgent(directory string) error {
	path := filepath.Join(directory, agentSocket)
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	a := &agent{}
	a.findGroup()
	if err := tell(filepath.Join(directory, notifySocket), agentReady); err != nil {
		return err
	}
	for {
		c, err := listener.AcceptUnix()
		if err != nil {
			return err
		}
		go a.serve(c)
	}
}

// tell sends one notification, as sd_notify(3) does.
func tell(socket, text string) error {
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(text)); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// findGroup finds the agent's cgroup of version 2 and makes it one that has
// children: the agent itself goes into a leaf.
func (a *agent) findGroup() {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		own, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !ok {
			continue
		}
		for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
			group := filepath.Join(root, own)
			if _, err := os.Stat(filepath.Join(group, "cgroup.procs")); err != nil {
				continue
			}
			leaf := filepath.Join(group, "agent")
			if err := os.Mkdir(leaf, 0o755); err != nil && !os.IsExist(err) {
				return
			}
			if os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte("0"), 0) == nil {
				a.group = group
			}
			return
		}
	}
}

// serve runs the command of one connection.
func (a *agent) serve(c *net.UnixConn) {
	defer c.Close()
	in := newReceiver(c)
	var request agentRequest
	if err := in.receive(&request); err != nil {
		return
	}
	command, terminal, err := a.start(&request, in.take())
	if err != nil {
		sendMessage(c, agentReply{Error: err.Error()})
		return
	}
	var files []*os.File
	if terminal != nil {
		files = []*os.File{terminal}
	}
	if err := sendMessage(c, agentReply{Started: true}, files...); err != nil {
		command.kill()
	}
	go command.obey(in, terminal)
	sendMessage(c, agentReply{Exited: command.wait()})
	<-command.dismissed
	if terminal != nil {
		terminal.Close()
	}
	a.retire(command.leaf)
}

// command is a process started for a client.
type command struct {
	process *os.Process
	leaf    string
	// dismissed is closed when the client has gone.
	dismissed chan struct{}
}

func (a *agent) start(request *agentRequest, files []*os.File) (*command, *os.File, error) {
	defer closeAll(files)
	attributes := &os.ProcAttr{Dir: request.Directory, Env: request.Env, Files: files,
		Sys: &syscall.SysProcAttr{Setsid: true}}
	if attributes.Dir == "" {
		attributes.Dir = "/"
	}
	if err := becomeUser(attributes, request.User); err != nil {
		return nil, nil, err
	}
	var terminal *os.File
	if request.Terminal != nil {
		master, slave, err := openTerminal(*request.Terminal)
		if err != nil {
			return nil, nil, err
		}
		defer slave.Close()
		terminal = master
		attributes.Files = []*os.File{slave, slave, slave}
		attributes.Sys.Setctty = true
	}
	if len(attributes.Files) != 3 {
		return nil, nil, fmt.Errorf("got %d descriptors instead of 3", len(attributes.Files))
	}
	c := &command{dismissed: make(chan struct{})}
	group, err := a.leaf()
	if err != nil {
		return nil, nil, err
	}
	if group != nil {
		defer group.Close()
		c.leaf = group.Name()
		attributes.Sys.UseCgroupFD, attributes.Sys.CgroupFD = true, int(group.Fd())
	}
	program, err := lookPath(request.Argv[0], attributes)
	if err == nil {
		c.process, err = os.StartProcess(program, request.Argv, attributes)
	}
	if err != nil {
		if terminal != nil {
			terminal.Close()
		}
		a.retire(c.leaf)
		return nil, nil, fmt.Errorf("run %s: %w", request.Argv[0], err)
	}
	return c, terminal, nil
}

// lookPath finds a program along the PATH of the command's environment.
func lookPath(name string, attributes *os.ProcAttr) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, variable := range attributes.Env {
		path, ok := strings.CutPrefix(variable, "PATH=")
		if !ok {
			continue
		}
		for directory := range strings.SplitSeq(path, ":") {
			program := filepath.Join(directory, name)
			if unix.Access(program, unix.X_OK) == nil {
				return program, nil
			}
		}
	}
	return "", errors.New("no such program in PATH")
}

// leaf makes a cgroup for one command.
func (a *agent) leaf() (*os.File, error) {
	if a.group == "" {
		return nil, nil
	}
	a.clean()
	path := filepath.Join(a.group, "exec-"+strconv.FormatInt(a.next.Add(1), 10))
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, fmt.Errorf("make cgroup: %w", err)
	}
	return os.Open(path)
}

// retire removes a leaf, at once or as soon as its last process has ended.
func (a *agent) retire(leaf string) {
	if leaf == "" || syscall.Rmdir(leaf) == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.old = append(a.old, leaf)
}

func (a *agent) clean() {
	a.mu.Lock()
	defer a.mu.Unlock()
	var busy []string
	for _, leaf := range a.old {
		if errors.Is(syscall.Rmdir(leaf), syscall.EBUSY) {
			busy = append(busy, leaf)
		}
	}
	a.old = busy
}

// obey follows the client's orders until it goes; without a word of farewell
// everything that the command started goes too.
func (c *command) obey(in *receiver, terminal *os.File) {
	defer close(c.dismissed)
	for {
		var order agentOrder
		if err := in.receive(&order); err != nil {
			c.kill()
			return
		}
		switch {
		case order.Done:
			return
		case order.Resize != nil && terminal != nil:
			setWindowSize(terminal, *order.Resize)
		case order.Signal > 0:
			// The command leads a session, and so a process group.
			syscall.Kill(-c.process.Pid, syscall.Signal(order.Signal))
		}
	}
}

func (c *command) kill() {
	if c.leaf == "" || os.WriteFile(filepath.Join(c.leaf, "cgroup.kill"), []byte("1"), 0) != nil {
		syscall.Kill(-c.process.Pid, syscall.SIGKILL)
	}
}

func (c *command) wait() *ExitStatus {
	state, err := c.process.Wait()
	if err != nil {
		return &ExitStatus{Code: -1}
	}
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		return &ExitStatus{Signal: int(status.Signal())}
	}
	return &ExitStatus{Code: state.ExitCode()}
}
