package kept

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// memoryOf is the memory that the processes of a cgroup hold: pages that they
// share with others count by their part. Groups are the directories of the
// machine's cgroup, below a path inside.
func memoryOf(groups []string, below string) int64 {
	seen := map[int]bool{}
	var total int64
	for _, group := range groups {
		filepath.WalkDir(filepath.Join(group, below), func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.Name() != "cgroup.procs" {
				return nil
			}
			text, _ := os.ReadFile(path)
			for word := range strings.FieldsSeq(string(text)) {
				if pid, err := strconv.Atoi(word); err == nil && !seen[pid] {
					seen[pid] = true
					total += memoryOfProcess(pid)
				}
			}
			return nil
		})
	}
	return total
}

func memoryOfProcess(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/smaps_rollup")
	if err != nil {
		return 0
	}
	_, rest, found := bytes.Cut(text, []byte("\nPss:"))
	if !found {
		return 0
	}
	number, _, _ := strings.Cut(strings.TrimSpace(string(rest[:min(len(rest), 40)])), " ")
	kilobytes, _ := strconv.ParseInt(number, 10, 64)
	return kilobytes << 10
}
