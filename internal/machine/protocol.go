package machine

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Names in the directory that a machine shares with its host.
const (
	agentSocket  = "agent.sock"
	notifySocket = "notify.sock"
	// sharedDirectory is its place inside.
	sharedDirectory = "/run/berth/host"
	// agentReady is what the agent tells the notify socket.
	agentReady = "X_BERTH_AGENT=1"
)

// agentRequest is the first message of a connection to the agent; the standard
// files of the command come with it unless there is a terminal.
type agentRequest struct {
	Argv      []string    `json:"argv"`
	Env       []string    `json:"env,omitempty"`
	Directory string      `json:"directory,omitempty"`
	User      string      `json:"user,omitempty"`
	Terminal  *WindowSize `json:"terminal,omitempty"`
}

// agentOrder is a further message to the agent.
type agentOrder struct {
	Signal int         `json:"signal,omitempty"`
	Resize *WindowSize `json:"resize,omitempty"`
	// Done says that the client has all it wants. A connection that ends
	// without it takes the command with it.
	Done bool `json:"done,omitempty"`
}

// agentReply is a message of the agent.
type agentReply struct {
	// Started comes first, with the terminal's descriptor if there is one.
	Started bool `json:"started,omitempty"`
	// Error says why the command was not started.
	Error string `json:"error,omitempty"`
	// Exited comes last.
	Exited *ExitStatus `json:"exited,omitempty"`
}

// WindowSize is the size of a terminal.
type WindowSize struct {
	Rows    uint16 `json:"rows"`
	Columns uint16 `json:"columns"`
}

// ExitStatus says how a command ended: by a signal when Signal is not 0.
type ExitStatus struct {
	Code   int `json:"code"`
	Signal int `json:"signal,omitempty"`
}

// Status is the exit status as shells count: 128 and more for signals.
func (s ExitStatus) Status() int {
	if s.Signal != 0 {
		return 128 + s.Signal
	}
	return s.Code
}

// sendMessage writes a message as one line of JSON, with descriptors.
func sendMessage(c *net.UnixConn, message any, files ...*os.File) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	line = append(line, '\n')
	var rights []byte
	if len(files) > 0 {
		descriptors := make([]int, len(files))
		for i, f := range files {
			descriptors[i] = int(f.Fd())
		}
		rights = unix.UnixRights(descriptors...)
	}
	n, _, err := c.WriteMsgUnix(line, rights, nil)
	if err == nil && n < len(line) {
		_, err = c.Write(line[n:])
	}
	if err != nil {
		return fmt.Errorf("send message: %w", err)
	}
	return nil
}

// receiver reads messages and the descriptors that come with them.
type receiver struct {
	conn  *net.UnixConn
	files []*os.File
	lines *json.Decoder
}

func newReceiver(c *net.UnixConn) *receiver {
	r := &receiver{conn: c}
	r.lines = json.NewDecoder(r)
	return r
}

// Read implements io.Reader for the decoder.
func (r *receiver) Read(p []byte) (int, error) {
	rights := make([]byte, unix.CmsgSpace(4*8))
	n, size, _, _, err := r.conn.ReadMsgUnix(p, rights)
	if err != nil {
		return max(n, 0), err // it is negative when the connection was closed meanwhile
	}
	if err := r.keep(rights[:size]); err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (r *receiver) keep(rights []byte) error {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return fmt.Errorf("read descriptors: %w", err)
	}
	for _, m := range messages {
		descriptors, err := unix.ParseUnixRights(&m)
		if err != nil {
			return fmt.Errorf("read descriptors: %w", err)
		}
		for _, fd := range descriptors {
			unix.CloseOnExec(fd)
			r.files = append(r.files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return nil
}

// receive reads the next message.
func (r *receiver) receive(message any) error { return r.lines.Decode(message) }

// take hands the descriptors received so far over to the caller.
func (r *receiver) take() []*os.File {
	files := r.files
	r.files = nil
	return files
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// inDirectory gives f a path for a socket in directory that is short enough
// for the kernel, however long the directory's own path is.
func inDirectory(directory, name string, f func(path string) error) error {
	d, err := os.Open(directory)
	if err != nil {
		return err
	}
	defer d.Close()
	return f(fmt.Sprintf("/proc/self/fd/%d/%s", d.Fd(), name))
}
