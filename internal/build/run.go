package build

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"berth.dev/internal/isolate"
)

// execute starts the builder and follows it to its end.
func (s *sandbox) execute(ctx context.Context) error {
	environment, err := s.environment()
	if err != nil {
		return err
	}
	command := command{
		Args: append([]string{s.rewrites.Replace(s.drv.Builder)}, s.rewriteAll(s.drv.Args)...),
		Env:  environment, Directory: buildDir, UID: s.user.uid, GID: s.user.gid, IDs: s.user.ids,
	}
	log, err := s.openLog()
	if err != nil {
		return err
	}
	result, err := s.runCommand(ctx, command, log)
	if closeErr := log.close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if result.Success() {
		return s.recordParts()
	}
	return s.builderFailed(result, log.tail)
}

func (s *sandbox) rewriteAll(texts []string) []string {
	rewritten := make([]string, len(texts))
	for i, text := range texts {
		rewritten[i] = s.rewrites.Replace(text)
	}
	return rewritten
}

// runCommand starts this program's second stage inside, which becomes the
// builder's user and starts it.
func (s *sandbox) runCommand(ctx context.Context, c command, log *buildLog) (result, error) {
	ctx, watch := s.limit(ctx, log)
	defer watch.stop()
	files, err := s.stageFiles(c)
	if err != nil {
		return result{}, err
	}
	defer files.close()
	output, input, err := os.Pipe()
	if err != nil {
		return result{}, err
	}
	defer output.Close()
	spec := s.spec()
	spec.Args = []string{"/proc/self/fd/3", stageName}
	spec.Files = []*os.File{files.program, files.command, files.resultWriter}
	spec.Stdout, spec.Stderr = input, input
	process, err := isolate.Start(ctx, spec)
	input.Close()
	files.resultWriter.Close()
	if err != nil {
		return result{}, watch.explain(s.notStarted(err))
	}
	log.follow(output)
	state, err := process.Wait()
	if err != nil {
		return result{}, err
	}
	if err := ctx.Err(); err != nil {
		return result{}, watch.explain(err)
	}
	var r result
	if err := json.NewDecoder(files.resultReader).Decode(&r); err != nil {
		return result{}, fmt.Errorf("the sandbox ended before the builder: %s: %s", state, strings.Join(log.tail, "; "))
	}
	return r, nil
}

// notStarted says what may be the reason when the kernel refuses a sandbox.
func (s *sandbox) notStarted(err error) error {
	err = fmt.Errorf("building '%s': starting the sandbox: %w", s.path, err)
	if os.Geteuid() != 0 && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOSPC)) {
		err = fmt.Errorf("%w\nThis system may not let users make namespaces: see the kernel settings user.max_user_namespaces, "+
			"kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, or run berth as root.", err)
	}
	return err
}

// stageFiles are the descriptors that the stage inside gets.
type stageFiles struct{ program, command, resultReader, resultWriter *os.File }

func (s *sandbox) stageFiles(c command) (*stageFiles, error) {
	executable := s.realiser.Executable
	if executable == "" {
		executable = "/proc/self/exe"
	}
	var f stageFiles
	var err error
	if f.program, err = os.Open(executable); err == nil {
		if f.command, err = memoryFile(c); err == nil {
			f.resultReader, f.resultWriter, err = os.Pipe()
		}
	}
	if err != nil {
		f.close()
	}
	return &f, err
}

func (f *stageFiles) close() {
	for _, file := range []*os.File{f.program, f.command, f.resultReader, f.resultWriter} {
		if file != nil {
			file.Close()
		}
	}
}

// memoryFile holds a value as JSON, to be read from the start.
func memoryFile(value any) (*os.File, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("command", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), "command")
	if _, err := file.WriteAt(text, 0); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func (s *sandbox) builderFailed(r result, tail []string) error {
	failed := &FailedError{Derivation: s.path, Outputs: s.outputPaths(), Reason: r.String(), LogTail: tail}
	if s.realiser.KeepFailed {
		kept, err := s.keep()
		if err != nil {
			return errors.Join(failed, fmt.Errorf("keeping the build directory: %w", err))
		}
		failed.Kept = kept
	}
	return failed
}

// keep moves the build directory out of what is removed afterwards.
func (s *sandbox) keep() (string, error) {
	parent := filepath.Join(s.realiser.Store.Dir(), "failed")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	place, err := os.MkdirTemp(parent, s.drv.Name+"-")
	if err != nil {
		return "", err
	}
	return place, os.Rename(s.dir("build"), filepath.Join(place, "build"))
}
