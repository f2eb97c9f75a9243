package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"berth.dev/internal/isolate"
)

// Limits bound a container; zero means no bound.
type Limits struct {
	Memory uint64
	// CPUs is how many processors' time it may use.
	CPUs  float64
	Tasks uint64
}

func (l Limits) apply(group *isolate.Cgroup) error {
	if l.Memory > 0 {
		if err := group.SetMemoryLimit(l.Memory); err != nil {
			return err
		}
	}
	if l.Tasks > 0 {
		if err := group.SetTaskLimit(l.Tasks); err != nil {
			return err
		}
	}
	if l.CPUs > 0 {
		return limitProcessors(group.Paths(), l.CPUs)
	}
	return nil
}

// period is what a share of processors is measured in, in microseconds.
const period = 100_000

// limitProcessors writes the quota in whichever version's notation there is.
func limitProcessors(groups []string, cpus float64) error {
	quota := strconv.Itoa(int(cpus * period))
	texts := map[string]string{"cpu.max": quota + " " + strconv.Itoa(period), "cpu.cfs_quota_us": quota}
	for _, group := range groups {
		for file, text := range texts {
			name := filepath.Join(group, file)
			if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err := os.WriteFile(name, []byte(text), 0); err != nil {
				return fmt.Errorf("limit processors: %w", err)
			}
			return nil
		}
	}
	return errors.New("limit processors: this host gives berth no cpu controller")
}

// ParseMemory reads a number of bytes with an optional unit b, k, m or g.
func ParseMemory(text string) (uint64, error) {
	units := map[string]uint64{"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
	lower := strings.TrimSuffix(strings.ToLower(text), "ib")
	if len(lower) > 1 && strings.HasSuffix(lower, "b") && strings.ContainsAny(lower[len(lower)-2:len(lower)-1], "kmg") {
		lower = lower[:len(lower)-1]
	}
	digits := strings.TrimRight(lower, "bkmg")
	n, err := strconv.ParseFloat(digits, 64)
	unit, known := units[lower[len(digits):]]
	if err != nil || !known || n < 0 {
		return 0, fmt.Errorf("%q is not an amount of memory such as 512m", text)
	}
	return uint64(n * float64(unit)), nil
}
