package isolate

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// hookOutputLimit bounds how much of a failed hook's output an error shows.
const hookOutputLimit = 4096

func runHook(hook Hook) error {
	input, err := memoryFile("input", hook.Stdin)
	if err != nil {
		return fmt.Errorf("run %s: %w", hook.Args[0], err)
	}
	defer input.Close()
	output, err := memoryFile("output", "")
	if err != nil {
		return fmt.Errorf("run %s: %w", hook.Args[0], err)
	}
	defer output.Close()
	environment := hook.Env
	if environment == nil {
		environment = []string{}
	}
	process, err := os.StartProcess(hook.Args[0], hook.Args, &os.ProcAttr{
		Dir: "/", Env: environment, Files: []*os.File{input, output, output},
	})
	if err != nil {
		return fmt.Errorf("run %s: %w", hook.Args[0], err)
	}
	state, err := process.Wait()
	if err != nil {
		return fmt.Errorf("run %s: %w", hook.Args[0], err)
	}
	if !state.Success() {
		return fmt.Errorf("run %s: %s: %s", strings.Join(hook.Args, " "), state, tail(output))
	}
	return nil
}

func tail(f *os.File) string {
	var text bytes.Buffer
	f.Seek(0, io.SeekStart)
	io.Copy(&text, f)
	all := text.Bytes()
	if len(all) > hookOutputLimit {
		all = all[len(all)-hookOutputLimit:]
	}
	return strings.TrimSpace(string(all))
}
