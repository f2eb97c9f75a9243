package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestLoans has groups of two state directories borrow the same setting at the
// same time and let go in either order.
func TestLoans(t *testing.T) {
	setting := borrowed(filepath.Join(t.TempDir(), "max_user_instances"))
	value := func() int {
		t.Helper()
		n, err := readNumber(string(setting))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, firstEndsFirst := range []bool{true, false} {
		host := t.TempDir()
		if err := os.WriteFile(string(setting), []byte(strconv.Itoa(128)), 0o600); err != nil {
			t.Fatal(err)
		}
		borrow := func(more int) loan {
			l, err := openLoan(host, setting)
			if err == nil {
				err = l.raise(func(current int) int { return current + more })
			}
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		give := func(l loan) {
			if err := l.giveBack(); err != nil {
				t.Error(err)
			}
		}
		first, second := borrow(10), borrow(20)
		if value() != 158 {
			t.Errorf("two groups have %d, want 158", value())
		}
		if !firstEndsFirst {
			first, second = second, first
		}
		give(first)
		if value() != 158 {
			t.Errorf("one group of two ended and left the other %d", value())
		}
		give(second)
		if value() != 128 {
			t.Errorf("afterwards it is %d, want 128", value())
		}
	}
}

// TestLoanOfTheDead leaves a share without giving it back, as a group does that
// dies together with its reaper.
func TestLoanOfTheDead(t *testing.T) {
	host := t.TempDir()
	setting := borrowed(filepath.Join(host, "setting"))
	if err := os.WriteFile(string(setting), []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	dead, err := openLoan(filepath.Join(host, "run"), setting)
	if err == nil {
		err = dead.raise(func(int) int { return 1 })
	}
	if err != nil {
		t.Fatal(err)
	}
	dead.file.Close()
	next, err := openLoan(filepath.Join(host, "run"), setting)
	if err == nil {
		err = next.giveBack()
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := readNumber(string(setting)); n != 0 {
		t.Errorf("the setting is %d, want 0", n)
	}
}
