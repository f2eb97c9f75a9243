package isolate

import (
	"strings"
	"testing"
)

func TestDefaultSeccomp(t *testing.T) {
	needRoot(t)
	script := `mount -t tmpfs x /mnt 2>&1; unshare -n true 2>&1; mkdir /y && echo made; (echo child); exit 0`
	got, state, err := shell(t, script, func(s *Spec) { s.Seccomp = DefaultSeccomp() })
	if err != nil || !state.Success() {
		t.Fatal(err, state)
	}
	for _, want := range []string{"unshare: unshare failed: Operation not permitted", "made", "child"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in %q", want, got)
		}
	}
}

// TestConditions runs real programs under rules on kill(pid, signal), whose
// second argument the test controls.
func TestConditions(t *testing.T) {
	needRoot(t)
	tests := []struct {
		op         string
		value, two uint64
		refused    string // of signals 10 12 18
	}{
		{"SCMP_CMP_EQ", 12, 0, "12"},
		{"SCMP_CMP_NE", 12, 0, "10 18"},
		{"SCMP_CMP_GT", 12, 0, "18"},
		{"SCMP_CMP_GE", 12, 0, "12 18"},
		{"SCMP_CMP_LT", 12, 0, "10"},
		{"SCMP_CMP_LE", 12, 0, "10 12"},
		{"SCMP_CMP_MASKED_EQ", 2, 2, "10 18"},
	}
	for _, test := range tests {
		t.Run(test.op, func(t *testing.T) {
			script := `trap '' 10 12 18; for s in 10 12 18; do kill -$s $$ 2>/dev/null || printf '%s ' $s; done`
			got, _, err := shell(t, script, func(s *Spec) {
				s.Seccomp = &Seccomp{DefaultAction: actionAllow, Syscalls: []SyscallRule{
					{Names: []string{"kill"}, Action: actionErrno,
						Args: []SyscallArgument{{Index: 1, Value: test.value, ValueTwo: test.two, Op: test.op}}},
					{Names: []string{"chroot"}, Action: actionErrno},
				}}
			})
			if err != nil {
				t.Fatal(err)
			}
			if got != test.refused {
				t.Errorf("refused %q, want %q", got, test.refused)
			}
		})
	}
}

func TestUnknownAction(t *testing.T) {
	if _, err := (&Seccomp{DefaultAction: "SCMP_ACT_HOPE"}).compile(); err == nil {
		t.Error("an unknown action was accepted")
	}
}
