package testdriver

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"
)

//go:embed python/*.py
var pythonFiles embed.FS

// bootstrap is given to Python on its command line: it reads the greeting,
// makes the modules in it, and hands over to the last one.
const bootstrap = `
import json, os, sys, types
os.set_inheritable(3, False)
greeting = json.loads(open(3, "rb", closefd=False).readline())
for source in greeting["modules"]:
    module = types.ModuleType(source["name"])
    sys.modules[source["name"]] = module
    exec(compile(source["source"], "<berth>/" + source["name"], "exec"), module.__dict__)
sys.exit(module.main(greeting["settings"]))
`

// pythonModules are the driver's modules in the order of their imports.
func pythonModules() []pythonModule {
	var modules []pythonModule
	for _, name := range []string{"errors", "wire", "polling", "logger", "machine", "script", "lint", "failure", "prompt", "driver"} {
		source, err := pythonFiles.ReadFile("python/" + name + ".py")
		if err != nil {
			panic(fmt.Sprintf("testdriver: embedded module %s is missing: %v", name, err))
		}
		modules = append(modules, pythonModule{Name: "test_driver." + name, Source: string(source)})
	}
	return modules
}

// python starts the interpreter, serves it until it ends, and returns its
// verdict.
func (s *session) python(ctx context.Context, mode string) (*Failure, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	own, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer own.Close()
	s.wire = newConnection(own)
	begun := time.Now()
	process, err := s.startPython(ctx, theirs)
	theirs.Close()
	if err != nil {
		return nil, fmt.Errorf("start Python for the test script: %w", err)
	}
	s.life = ctx
	stop := context.AfterFunc(ctx, func() { own.Close() })
	defer stop()
	serveErr := s.wire.send(greeting{Modules: pythonModules(), Settings: s.settings(mode)})
	if serveErr == nil {
		serveErr = s.serve(ctx)
	}
	if serveErr != nil {
		cancel()
	}
	waitErr := process.Wait()
	s.printed.flush()
	cancel()
	s.background.Wait()
	s.result.ScriptSeconds = time.Since(begun).Seconds()
	return s.verdict(serveErr, waitErr)
}

// verdict makes sense of how Python ended.
func (s *session) verdict(serveErr, waitErr error) (*Failure, error) {
	switch {
	case s.outcome != nil && s.outcome.Passed:
		return nil, nil
	case s.outcome != nil && s.outcome.Failure != nil:
		return s.complete(s.outcome.Failure), nil
	case s.config.Interactive && waitErr == nil:
		return nil, nil
	case waitErr != nil:
		return s.complete(&Failure{Kind: KindScript, Message: "the Python process of the test script ended early: " + waitErr.Error()}), nil
	case serveErr != nil:
		return nil, serveErr
	}
	return s.complete(&Failure{Kind: KindScript, Message: "the Python process of the test script ended before the script did"}), nil
}

func (s *session) startPython(ctx context.Context, socket *os.File) (Running, error) {
	spec := Process{
		Arguments:   []string{"-I", "-c", bootstrap},
		Environment: []string{"HOME=/tmp", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"},
		Directory:   s.config.Output, Socket: socket,
	}
	if s.config.Output != "" {
		spec.Environment = append(spec.Environment, "out="+s.config.Output)
	}
	s.printed = &lineWriter{emit: s.config.Events.Printed}
	if t := s.config.Terminal; s.config.Interactive && t != nil {
		spec.Terminal = true
		spec.Stdin, spec.Stdout, spec.Stderr = t.Input, t.Output, t.Error
		spec.Environment = append(spec.Environment, t.Environment...)
	} else {
		spec.Stdout, spec.Stderr = s.printed, s.printed
	}
	return s.config.Interpreter.Start(ctx, spec)
}

func (s *session) settings(mode string) settings {
	test := s.config.Test
	names := slices.Sorted(maps.Keys(test.Machines))
	machines := make([]machineSettings, len(names))
	for i, name := range names {
		machines[i] = machineSettings{Name: name, Variable: variable(name)}
	}
	return settings{
		Mode: mode, Name: test.Name, Script: test.Script, ScriptFile: s.scriptFile(), Machines: machines,
		SkipLint: test.SkipLint, SkipTypeCheck: test.SkipTypeCheck, Output: s.config.Output,
	}
}

// variable is the Python name of a machine: what cannot be in a name, and a
// digit at its start, becomes an underscore.
func variable(machine string) string {
	mangled := strings.Map(func(r rune) rune {
		if r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' {
			return r
		}
		return '_'
	}, machine)
	if mangled != "" && '0' <= mangled[0] && mangled[0] <= '9' {
		mangled = "_" + mangled[1:]
	}
	return mangled
}

// socketPair makes the connection between the driver and Python.
func socketPair() (own, theirs *os.File, err error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make socket for the test script: %w", err)
	}
	// Only the driver's end is non-blocking, so that Close ends a read; the
	// flag belongs to the description that Python inherits on the other end.
	if err := syscall.SetNonblock(pair[0], true); err != nil {
		return nil, nil, errors.Join(err, syscall.Close(pair[0]), syscall.Close(pair[1]))
	}
	return os.NewFile(uintptr(pair[0]), "test script"), os.NewFile(uintptr(pair[1]), "driver"), nil
}
