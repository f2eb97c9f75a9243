package kept

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Where units of the host are: those that survive a reboot, and those that do
// not.
const (
	hostUnitDir      = "/etc/systemd/system"
	transientUnitDir = "/run/systemd/system"
)

// UnitName is the name of a machine's unit on hosts with systemd.
func UnitName(name string) string { return "berth-machine-" + name + ".service" }

// hostUnit is the text of the unit that supervises a machine.
func (y *Yard) hostUnit(l *Launch, program string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by berth; 'berth down %s' removes it.\n", l.Name)
	fmt.Fprintf(&b, "[Unit]\nDescription=berth %s %s\nWants=network-online.target\nAfter=network-online.target\n", l.Kind, l.Name)
	fmt.Fprintf(&b, "\n[Service]\nType=notify\nExecStart=%s %s %s %s\n", quoteWord(program), superviseStage, quoteWord(y.Directory(l.Name)), quoteWord(y.RunDirectory))
	b.WriteString("Delegate=yes\nKillMode=mixed\nTimeoutStopSec=90\nRestart=on-failure\nRestartSec=1\nLimitNOFILE=infinity\nTasksMax=infinity\n")
	if !l.Ephemeral {
		b.WriteString("\n[Install]\nWantedBy=multi-user.target\n")
	}
	return b.String()
}

// quoteWord writes a word as systemd.syntax(7) reads it in a command line.
func quoteWord(word string) string {
	word = strings.NewReplacer("%", "%%", "$", "$$", `\`, `\\`, `"`, `\"`).Replace(word)
	if strings.ContainsAny(word, " \t'\";") {
		return `"` + word + `"`
	}
	return word
}

func (y *Yard) startUnit(ctx context.Context, l *Launch) error {
	program, err := y.program()
	if err != nil {
		return err
	}
	dir := hostUnitDir
	if l.Ephemeral {
		dir = transientUnitDir
	}
	file := filepath.Join(dir, UnitName(l.Name))
	if old, err := os.ReadFile(file); err == nil && !bytes.Contains(old, []byte(y.Directory(l.Name))) {
		return fmt.Errorf("the unit %s belongs to a machine of another state directory", UnitName(l.Name))
	}
	if err := os.WriteFile(file, []byte(y.hostUnit(l, program)), 0o644); err != nil {
		return err
	}
	if err := systemctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	if !l.Ephemeral {
		if err := systemctl(ctx, "enable", "--quiet", UnitName(l.Name)); err != nil {
			return err
		}
	}
	return systemctl(ctx, "restart", UnitName(l.Name))
}

// retireUnit keeps the unit from starting the machine again. The unit itself
// ends with the supervisor.
func (y *Yard) retireUnit(ctx context.Context, name string) error {
	for _, dir := range []string{hostUnitDir, transientUnitDir} {
		file := filepath.Join(dir, UnitName(name))
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Contains(text, []byte(y.Directory(name))) {
			continue
		}
		if dir == hostUnitDir {
			if err := systemctl(ctx, "disable", "--quiet", UnitName(name)); err != nil {
				return err
			}
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// forgetUnit keeps the service manager from starting the machine's unit once
// more, as it does after a failure.
func (y *Yard) forgetUnit(ctx context.Context, name string) error {
	if text, err := os.ReadFile(filepath.Join(hostUnitDir, UnitName(name))); err == nil && !bytes.Contains(text, []byte(y.Directory(name))) {
		return nil // of another state directory
	}
	_ = systemctl(ctx, "stop", UnitName(name)) // it may be gone already
	return systemctl(ctx, "daemon-reload")
}

func systemctl(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, "systemctl", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
