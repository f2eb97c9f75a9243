package isolate

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Offsets in the kernel's struct seccomp_data, and the kernel's length limit.
const (
	offsetNumber       = 0
	offsetArchitecture = 4
	offsetArguments    = 16
	maxInstructions    = 4096
)

// compile turns the rules into a classic BPF program.
func (s *Seccomp) compile() ([]unix.SockFilter, error) {
	fallback, err := actionValue(s.DefaultAction, s.DefaultErrno)
	if err != nil {
		return nil, err
	}
	program := []unix.SockFilter{
		load(offsetArchitecture),
		// A call in another architecture's numbering would pass unseen.
		jumpIf(unix.BPF_JEQ, auditArchitecture, 1, 0),
		answer(unix.SECCOMP_RET_KILL_PROCESS),
		load(offsetNumber),
	}
	program = append(program, foreignCalls()...)
	for _, rule := range s.Syscalls {
		code, err := rule.compile()
		if err != nil {
			return nil, err
		}
		program = append(program, code...)
	}
	program = append(program, answer(fallback))
	if len(program) > maxInstructions {
		return nil, fmt.Errorf("seccomp: %d instructions, the kernel takes %d", len(program), maxInstructions)
	}
	return program, nil
}

func (r SyscallRule) compile() ([]unix.SockFilter, error) {
	value, err := actionValue(r.Action, r.Errno)
	if err != nil {
		return nil, err
	}
	var program []unix.SockFilter
	for _, name := range r.Names {
		number, ok := syscallNumber(name)
		if !ok {
			continue
		}
		body, err := compileConditions(r.Args, value)
		if err != nil {
			return nil, err
		}
		if len(body) > 255 {
			return nil, fmt.Errorf("seccomp: too many conditions on %s", name)
		}
		program = append(program, jumpIf(unix.BPF_JEQ, number, 0, uint8(len(body))))
		program = append(program, body...)
	}
	return program, nil
}

// compileConditions answers value when all conditions hold, and else falls
// through with the call's number loaded again.
func compileConditions(conditions []SyscallArgument, value uint32) ([]unix.SockFilter, error) {
	if len(conditions) == 0 {
		return []unix.SockFilter{answer(value)}, nil
	}
	var program []unix.SockFilter
	for _, c := range conditions {
		code, err := c.compile()
		if err != nil {
			return nil, err
		}
		program = append(program, code...)
	}
	program = append(program, answer(value))
	end := len(program)
	for i := range program {
		if program[i].Jt == toEnd {
			program[i].Jt = uint8(end - i - 1)
		}
		if program[i].Jf == toEnd {
			program[i].Jf = uint8(end - i - 1)
		}
	}
	return append(program, load(offsetNumber)), nil
}

// toEnd marks a jump to the place where the next rule starts.
const toEnd = 255

// compile compares the two halves of a 64-bit argument: the program falls
// through when the condition holds.
func (c SyscallArgument) compile() ([]unix.SockFilter, error) {
	if c.Index > 5 {
		return nil, fmt.Errorf("seccomp: there is no argument %d", c.Index)
	}
	low, high := load(offsetArguments+8*c.Index), load(offsetArguments+8*c.Index+4)
	valueLow, valueHigh := uint32(c.Value), uint32(c.Value>>32)
	switch c.Op {
	case "SCMP_CMP_EQ":
		return []unix.SockFilter{high, jumpIf(unix.BPF_JEQ, valueHigh, 0, toEnd), low, jumpIf(unix.BPF_JEQ, valueLow, 0, toEnd)}, nil
	case "SCMP_CMP_NE":
		return []unix.SockFilter{high, jumpIf(unix.BPF_JEQ, valueHigh, 0, 2), low, jumpIf(unix.BPF_JEQ, valueLow, toEnd, 0)}, nil
	case "SCMP_CMP_MASKED_EQ":
		two := c.ValueTwo
		return []unix.SockFilter{
			high, and(valueHigh), jumpIf(unix.BPF_JEQ, uint32(two>>32), 0, toEnd),
			low, and(valueLow), jumpIf(unix.BPF_JEQ, uint32(two), 0, toEnd)}, nil
	case "SCMP_CMP_GT":
		return ordered(high, low, valueHigh, valueLow, unix.BPF_JGT, false), nil
	case "SCMP_CMP_GE":
		return ordered(high, low, valueHigh, valueLow, unix.BPF_JGE, false), nil
	case "SCMP_CMP_LE":
		return ordered(high, low, valueHigh, valueLow, unix.BPF_JGT, true), nil
	case "SCMP_CMP_LT":
		return ordered(high, low, valueHigh, valueLow, unix.BPF_JGE, true), nil
	}
	return nil, fmt.Errorf("seccomp: comparison %q is not supported", c.Op)
}

// ordered compares by size: the high halves decide unless they are equal.
func ordered(high, low unix.SockFilter, valueHigh, valueLow uint32, jump uint16, negate bool) []unix.SockFilter {
	greater, smaller, last := uint8(3), uint8(toEnd), jumpIf(jump, valueLow, 0, toEnd)
	if negate {
		greater, smaller, last = toEnd, 2, jumpIf(jump, valueLow, toEnd, 0)
	}
	return []unix.SockFilter{high,
		jumpIf(unix.BPF_JGT, valueHigh, greater, 0),
		jumpIf(unix.BPF_JEQ, valueHigh, 0, smaller),
		low, last}
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func and(mask uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: mask}
}

func answer(value uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
}

func jumpIf(test uint16, value uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: yes, Jf: no, K: value}
}
