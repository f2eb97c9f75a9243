package testdriver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// session serves one Python process.
type session struct {
	config *Config
	wire   *connection
	guests map[string]*guest
	// life ends with the Python process.
	life context.Context
	// stopTimer takes the global timeout away.
	stopTimer func()

	mu      sync.Mutex
	calls   map[int64]*call
	pending sync.WaitGroup
	// background are commands that nobody waits for.
	background sync.WaitGroup
	// printed receives what the Python process writes by itself.
	printed *lineWriter
	steps   map[int64]step
	result  *Result
	outcome *outcome
	// last is the most recent request. A failure without a machine of its
	// own shows the journal of the last one addressed.
	last        *call
	lastMachine string
}

// step is an open nested block or subtest.
type step struct {
	machine, header string
	subtest         bool
	begun           time.Time
}

// title is the step's header in the log.
func (s step) title() string {
	if s.subtest {
		return "subtest: " + s.header
	}
	return s.header
}

// outcome is what Python says at its end.
type outcome struct {
	Passed  bool     `json:"passed"`
	Failure *Failure `json:"failure"`
}

// call is one request being served.
type call struct {
	*guest
	session *session
	id      int64
	place   place
	cancel  context.CancelFunc
	// poll is the interval of the conditions in force, resumed receives
	// Python's word that they hold.
	poll     time.Duration
	lastPoll time.Time
	resumed  chan struct{}
}

// serve handles messages until Python closes the socket.
func (s *session) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer s.pending.Wait()
	defer cancel()
	for {
		message, err := s.wire.receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.handle(ctx, message); err != nil {
			return err
		}
	}
}

func (s *session) handle(ctx context.Context, message incoming) error {
	switch {
	case message.Call != "":
		s.begin(ctx, message)
	case message.Resume || message.Cancel:
		s.advance(message)
	case message.Note != "":
		return s.note(message)
	default:
		return errors.New("the test script's process sent a message without meaning")
	}
	return nil
}

// begin starts to serve a request.
func (s *session) begin(ctx context.Context, message incoming) {
	ctx, cancel := context.WithCancel(ctx)
	c := &call{
		guest: s.guests[message.Machine], session: s, id: message.ID, place: message.Place, cancel: cancel,
		poll: time.Duration(message.Poll * float64(time.Second)), lastPoll: time.Now(),
		resumed: make(chan struct{}, 1),
	}
	s.mu.Lock()
	s.calls[c.id] = c
	s.last = c
	if c.guest != nil {
		s.lastMachine = c.name
	}
	s.mu.Unlock()
	s.pending.Go(func() {
		defer s.end(c)
		s.answer(c.id, func() (any, error) { return c.dispatch(ctx, message) })
	})
}

func (s *session) end(c *call) {
	c.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, c.id)
}

// answer sends what a request came to. That the socket is closed is seen by
// the reading side.
func (s *session) answer(id int64, serve func() (any, error)) {
	value, err := serve()
	r := reply{ID: id, Value: value}
	if err != nil {
		r.Value, r.Error = nil, asRequestError(err)
	}
	_ = s.wire.send(r)
}

func asRequestError(err error) *requestError {
	var known *requestError
	if errors.As(err, &known) {
		return known
	}
	return &requestError{Kind: machineFailed, Message: err.Error()}
}

// advance passes Python's answer to a poll on to the waiting request.
func (s *session) advance(message incoming) {
	s.mu.Lock()
	c := s.calls[message.ID]
	s.mu.Unlock()
	switch {
	case c == nil:
	case message.Cancel:
		c.cancel()
	default:
		c.resumed <- struct{}{}
	}
}

// checkConditions has Python evaluate its polling conditions if they are due.
func (c *call) checkConditions(ctx context.Context) error {
	if c.poll <= 0 || time.Since(c.lastPoll) < c.poll {
		return nil
	}
	if err := c.session.wire.send(reply{ID: c.id, Poll: true}); err != nil {
		return fmt.Errorf("ask for polling conditions: %w", err)
	}
	select {
	case <-c.resumed:
		c.lastPoll = time.Now()
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// note handles a message that has no answer.
func (s *session) note(message incoming) error {
	var n note
	if err := json.Unmarshal(message.Arguments, &n); err != nil {
		return fmt.Errorf("read note %q of the test script: %w", message.Note, err)
	}
	switch message.Note {
	case "message":
		s.config.Events.Message(message.Machine, n.Level, n.Text)
	case "printed":
		s.config.Events.Printed(n.Text)
	case "open":
		s.open(n.Step, step{machine: message.Machine, header: n.Text, subtest: n.Subtest, begun: time.Now()})
	case "close":
		s.close(n)
	case "serial":
		for _, g := range s.guests {
			g.output.setQuiet(!n.On)
		}
	case "timer":
		s.stopTimer()
	case "finished":
		s.outcome = &outcome{Passed: n.Passed, Failure: n.Failure}
	default:
		return fmt.Errorf("the test script's process sent an unknown note %q", message.Note)
	}
	return nil
}

// note is the union of what notes carry.
type note struct {
	Level   string   `json:"level"`
	Text    string   `json:"text"`
	Step    int64    `json:"step"`
	Subtest bool     `json:"subtest"`
	Error   *string  `json:"error"`
	On      bool     `json:"on"`
	Passed  bool     `json:"passed"`
	Failure *Failure `json:"failure"`
}

func (s *session) open(id int64, opened step) {
	s.steps[id] = opened
	s.config.Events.Opened(opened.machine, opened.title())
}

func (s *session) close(n note) {
	closed, ok := s.steps[n.Step]
	if !ok {
		return
	}
	delete(s.steps, n.Step)
	took := time.Since(closed.begun)
	s.config.Events.Closed(closed.machine, closed.title(), took, n.Error == nil)
	if !closed.subtest {
		return
	}
	sub := Subtest{Name: closed.header, Seconds: took.Seconds(), Passed: n.Error == nil}
	if n.Error != nil {
		sub.Message = *n.Error
		s.config.Events.Message("", "error", fmt.Sprintf("subtest %q failed", closed.header))
	}
	s.result.Subtests = append(s.result.Subtests, sub)
}
