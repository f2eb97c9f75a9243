package kept

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"berth.dev/internal/machine"
)

// Stages returns the functions that the program runs for its hidden "__"
// subcommands.
func Stages() map[string]func(args []string) int {
	return map[string]func([]string) int{superviseStage: superviseMain, applyStage: applyMain}
}

const superviseStage = "__supervise"

// superviseMain is the stage "__supervise": it boots the machine of a
// directory and takes care of it until it is off. Its arguments are the
// directory and the one for run directories; a further one says that
// descriptor 3 is a pipe that learns when the control socket is there.
func superviseMain(args []string) int {
	if len(args) < 2 || len(args) > 3 {
		fmt.Fprintln(os.Stderr, "berth: usage: __supervise DIRECTORY RUN-DIRECTORY [started]")
		return 2
	}
	name := filepath.Base(args[0])
	s := &supervisor{yard: &Yard{Dir: filepath.Dir(args[0]), RunDirectory: args[1]}, name: name, watchers: map[chan Event]bool{}}
	signal.Ignore(syscall.SIGHUP, syscall.SIGINT)
	started := func(error) {}
	if len(args) == 3 {
		pipe := os.NewFile(3, "started")
		started = func(err error) {
			if err != nil {
				fmt.Fprint(pipe, err)
			}
			pipe.Close()
		}
	}
	if err := s.open(); err != nil {
		started(err)
		fmt.Fprintf(os.Stderr, "berth: %s: %v\n", name, err)
		return 1
	}
	started(nil)
	notifyManager("READY=1")
	return s.live()
}

// A supervisor takes care of one machine.
type supervisor struct {
	yard    *Yard
	name    string
	life    *os.File
	group   *machine.Group
	control *net.UnixListener
	log     *logFile

	mu      sync.Mutex
	machine *machine.Machine
	launch  *Launch
	status  Status
	// console are the lines of this boot, for those who ask later.
	console  []string
	watchers map[chan Event]bool
	clients  sync.WaitGroup
	// stopping and again say what is to come after the machine's end.
	stopping, again bool
}

// open takes hold of the machine's directory.
func (s *supervisor) open() (err error) {
	directory := s.yard.Directory(s.name)
	if s.launch, err = s.yard.Launch(s.name); err != nil {
		return err
	}
	if s.life, err = lockFile(filepath.Join(directory, lifeName)); errors.Is(err, ErrBusy) {
		return errors.New("it has a supervisor already")
	} else if err != nil {
		return err
	}
	if s.group, err = machine.NewGroup(machine.GroupConfig{RunDirectory: s.yard.RunDirectory, Name: "up-" + s.name}); err != nil {
		return err
	}
	if s.launch.Ephemeral {
		err = s.group.Discard(append([]string{directory}, s.launch.Discard...)...)
	}
	if err == nil {
		s.log, err = openLog(filepath.Join(directory, logName))
	}
	if err == nil {
		err = s.listen(directory)
	}
	if err != nil {
		s.group.Close()
	}
	return err
}

// live boots the machine, again and again while that is wanted, and returns
// the exit status.
func (s *supervisor) live() int {
	s.change(Status{State: Starting})
	go s.serve()
	go s.obey()
	err := s.boots()
	last := Status{State: Off}
	if err != nil {
		last = Status{State: Failed, Error: err.Error()}
		fmt.Fprintf(os.Stderr, "berth: %s: %v\n", s.name, err)
	}
	s.change(last)
	os.Remove(filepath.Join(s.yard.Directory(s.name), controlName))
	s.control.Close()
	s.mu.Lock()
	for w := range s.watchers {
		close(w)
		delete(s.watchers, w)
	}
	s.mu.Unlock()
	s.clients.Wait()
	s.log.close()
	if closing := s.group.Close(); closing != nil {
		fmt.Fprintf(os.Stderr, "berth: %s: %v\n", s.name, closing)
	}
	if err != nil {
		return 1
	}
	return 0
}

// boots returns when the machine is off for good.
func (s *supervisor) boots() error {
	for {
		end, err := s.bootOnce()
		s.mu.Lock()
		stopping, again := s.stopping, s.again
		s.again = false
		s.mu.Unlock()
		switch {
		case again:
			if s.launch, err = s.yard.Launch(s.name); err != nil {
				return err
			}
		case stopping:
			return nil
		case err != nil:
			return err
		case end == machine.PoweredOff:
			return nil
		case end == machine.Killed:
			return errors.New("its first process was killed")
		default: // it wants to boot again, as what it has become
			if s.launch, err = s.yard.Launch(s.name); err != nil {
				return err
			}
		}
	}
}

// bootOnce returns when one boot is over.
func (s *supervisor) bootOnce() (machine.End, error) {
	begun := time.Now()
	// They are written anew at every boot.
	if err := os.RemoveAll(s.yard.file(s.name, "containers")); err != nil {
		return machine.Killed, err
	}
	s.change(Status{State: Starting, Ports: s.launch.Ports()})
	s.mu.Lock()
	s.console = nil
	config := s.launch.config(s.yard.Directory(s.name))
	config.Console = &consoleLines{deliver: func(line string) { s.tell(Event{Console: line}) }}
	config.Journal = s.log.add
	m, err := s.group.Machine(config)
	s.machine = m
	s.mu.Unlock()
	if err != nil {
		return machine.Killed, err
	}
	if err := m.Start(context.Background()); err != nil {
		return machine.Killed, err
	}
	s.change(Status{State: Starting, Ports: s.launch.Ports(), PID: m.PID(), Cgroups: m.Cgroups()})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		if m.WaitReady(ctx) == nil {
			s.ready(m, time.Since(begun))
		}
	}()
	return m.Wait(context.Background())
}

// ready notes the end of the boot, unless the machine is on its way down.
func (s *supervisor) ready(m *machine.Machine, took time.Duration) {
	s.mu.Lock()
	status := s.status
	s.mu.Unlock()
	if status.State != Starting {
		return
	}
	status.State, status.BootSeconds = Running, took.Seconds()
	s.change(status)
}

// stop asks the machine to end; a boot follows if that is wanted.
func (s *supervisor) stop(patience time.Duration, again bool) {
	s.mu.Lock()
	s.again = again
	s.stopping = s.stopping || !again
	m, status := s.machine, s.status
	s.mu.Unlock()
	if status.State.Ended() {
		return
	}
	status.State = Stopping
	s.change(status)
	if m != nil {
		if err := m.Stop(context.Background(), patience); err != nil {
			fmt.Fprintf(os.Stderr, "berth: %s: %v\n", s.name, err)
			m.Kill()
		}
	}
}

// obey turns the service manager's wish to stop into an orderly end; a second
// signal ends the machine at once.
func (s *supervisor) obey() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	go s.stop(0, false)
	<-signals
	s.mu.Lock()
	m := s.machine
	s.mu.Unlock()
	if m != nil {
		m.Kill()
	}
}

// change notes and tells a new status. It is since now only if the state is
// new.
func (s *supervisor) change(status Status) {
	s.mu.Lock()
	status.Supervisor, status.Since = os.Getpid(), s.status.Since
	if status.State != s.status.State {
		status.Since = time.Now()
	}
	s.status = status
	if err := writeJSON(s.yard.file(s.name, statusName), status); err != nil {
		fmt.Fprintf(os.Stderr, "berth: %s: %v\n", s.name, err)
	}
	s.mu.Unlock()
	s.tell(Event{Status: &status})
}
