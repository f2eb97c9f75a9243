package testdriver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// The protocol: each side writes one JSON object per line. The driver starts
// with a greeting; Python then sends requests, which are answered by a reply
// with the same number, in any order, and notes, which are not answered.
//
// While a request retries, the driver may ask with Poll for the conditions of
// the script (polling_condition) to be evaluated; Python answers Resume, or
// Cancel when a condition does not hold. Cancel also follows an interrupt at
// the prompt.

// greeting is the driver's first line.
type greeting struct {
	Modules  []pythonModule `json:"modules"`
	Settings settings       `json:"settings"`
}

type pythonModule struct {
	Name   string `json:"name"`
	Source string `json:"source"`
}

// settings are what the Python side has to know.
type settings struct {
	// Mode is "run", "lint" or "interactive".
	Mode          string            `json:"mode"`
	Name          string            `json:"name"`
	Script        string            `json:"script"`
	ScriptFile    string            `json:"scriptFile"`
	Machines      []machineSettings `json:"machines"`
	SkipLint      bool              `json:"skipLint"`
	SkipTypeCheck bool              `json:"skipTypeCheck"`
	Output        string            `json:"output"`
}

type machineSettings struct {
	Name     string `json:"name"`
	Variable string `json:"variable"`
}

// incoming is any line from Python.
type incoming struct {
	ID      int64  `json:"id"`
	Call    string `json:"call"`
	Machine string `json:"machine"`
	// Poll is the interval in seconds of the conditions in force; zero when
	// there are none.
	Poll float64 `json:"poll"`
	// Place is the line of the script that makes a request.
	Place     place           `json:"place"`
	Resume    bool            `json:"resume"`
	Cancel    bool            `json:"cancel"`
	Note      string          `json:"note"`
	Arguments json.RawMessage `json:"arguments"`
}

type place struct {
	Line     int    `json:"line"`
	Function string `json:"function"`
}

// reply is any line to Python after the greeting.
type reply struct {
	ID    int64         `json:"id"`
	Value any           `json:"value"`
	Error *requestError `json:"error,omitempty"`
	Poll  bool          `json:"poll,omitempty"`
}

// connection is the driver's end of the socket.
type connection struct {
	reader *bufio.Reader
	mu     sync.Mutex
	writer io.Writer
}

func newConnection(socket io.ReadWriter) *connection {
	return &connection{reader: bufio.NewReader(socket), writer: socket}
}

func (c *connection) send(message any) error {
	line, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode message to the test script: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err = c.writer.Write(append(line, '\n'))
	return err
}

// receive returns io.EOF when Python has gone.
func (c *connection) receive() (incoming, error) {
	var message incoming
	line, err := c.reader.ReadBytes('\n')
	if err != nil {
		return message, err
	}
	if err := json.Unmarshal(line, &message); err != nil {
		return message, fmt.Errorf("read message from the test script: %w", err)
	}
	return message, nil
}

// requestError is how a request fails; Kind selects the Python exception.
type requestError struct {
	Kind    errorKind       `json:"kind"`
	Message string          `json:"message"`
	Machine string          `json:"machine,omitempty"`
	Command *CommandFailure `json:"command,omitempty"`
}

func (e *requestError) Error() string { return e.Message }

type errorKind string

const (
	// requestFailed is a RequestedAssertionFailed.
	requestFailed errorKind = "failure"
	// machineFailed is a MachineError.
	machineFailed errorKind = "machine"
	// assertionFailed is a plain AssertionError.
	assertionFailed errorKind = "assertion"
	// badArgument is a ValueError.
	badArgument errorKind = "argument"
	// unsupported is something berth's machines do not have.
	unsupported errorKind = "unsupported"
)

func failed(format string, arguments ...any) *requestError {
	return &requestError{Kind: requestFailed, Message: fmt.Sprintf(format, arguments...)}
}
