package machine

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/isolate"
)

// Every machine has ids of its own on the host, in blocks of 65536 from a part
// of the number space that the service manager's conventions give to nobody,
// nor the usual settings of directory services.
const (
	blockSize  = 1 << 16
	firstBlock = 0x7800
	blockCount = 0x7ffe - firstBlock
	// rangeLimit bounds how much of one range of subordinate ids is mapped.
	rangeLimit = 1 << 20
)

// idRange is what a machine's ids are on the host. Blocks are taken by locks on
// files, and so free again when berth ends in any way.
type idRange struct {
	maps  []isolate.IDMap
	locks []*os.File
}

// root is the id that the machine's root has on the host.
func (r *idRange) root() int { return int(r.maps[0].Outside) }

func (r *idRange) release() {
	if r != nil {
		closeAll(r.locks)
	}
}

// takeIDs reserves ids for what a system uses. A name gets the same ids again
// if they are free. Where ids are not the host's own to give, as for berth
// without root's rights, a machine has those of berth.
func takeIDs(name string, used []isolate.IDMap) (*idRange, error) {
	if own, err := ownIDs(); err != nil || own != nil {
		return &idRange{maps: own}, err
	}
	blocks := 0
	for _, u := range used {
		blocks += blocksOf(u.Count)
	}
	directory := filepath.Join(hostDirectory, "ids")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, fmt.Errorf("reserve ids: %w", err)
	}
	taken := hostRanges()
	hash := fnv.New32a()
	hash.Write([]byte(name))
	begin := int(hash.Sum32() % blockCount)
	for i := range blockCount {
		first := (begin + i) % blockCount
		if first+blocks > blockCount || taken.have(first+firstBlock, blocks) {
			continue
		}
		if locks := lockBlocks(directory, first+firstBlock, blocks); locks != nil {
			return &idRange{mapTo(used, first+firstBlock), locks}, nil
		}
	}
	return nil, errors.New("reserve ids: all ranges are in use")
}

func blocksOf(count uint32) int { return int((count + blockSize - 1) / blockSize) }

// mapTo gives each range blocks of its own.
func mapTo(used []isolate.IDMap, block int) []isolate.IDMap {
	maps := slices.Clone(used)
	for i := range maps {
		maps[i].Outside = uint32(block) * blockSize
		block += blocksOf(maps[i].Count)
	}
	return maps
}

// lockBlocks returns nil when one of the blocks is taken.
func lockBlocks(directory string, first, count int) []*os.File {
	var locks []*os.File
	for block := first; block < first+count; block++ {
		lock, err := lockFile(filepath.Join(directory, strconv.FormatInt(int64(block), 16)), false)
		if err != nil {
			closeAll(locks)
			return nil
		}
		locks = append(locks, lock)
	}
	return locks
}

// ownIDs maps each id of this process's user namespace to itself; it is empty
// in the host's own.
func ownIDs() ([]isolate.IDMap, error) {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return nil, fmt.Errorf("reserve ids: %w", err)
	}
	var maps []isolate.IDMap
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		if fields[2] == "4294967295" {
			return nil, nil
		}
		inside, err1 := strconv.ParseUint(fields[0], 10, 32)
		count, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("reserve ids: %w", err)
		}
		maps = append(maps, isolate.IDMap{Inside: uint32(inside), Outside: uint32(inside), Count: uint32(count)})
	}
	return maps, nil
}

// hostIDs are ranges that the host has given to its users.
type hostIDs []isolate.IDMap

func hostRanges() hostIDs {
	return append(subordinateRanges("/etc/subuid"), subordinateRanges("/etc/subgid")...)
}

func (taken hostIDs) have(block, count int) bool {
	first, end := uint64(block)*blockSize, uint64(block+count)*blockSize
	return slices.ContainsFunc(taken, func(m isolate.IDMap) bool {
		return uint64(m.Inside) < end && uint64(m.Inside)+uint64(m.Count) > first
	})
}

// subordinateRanges reads a file like /etc/subuid.
func subordinateRanges(path string) []isolate.IDMap {
	var ranges []isolate.IDMap
	eachLine(path, func(fields []string) {
		if len(fields) != 3 {
			return
		}
		start, err1 := strconv.ParseUint(fields[1], 10, 32)
		count, err2 := strconv.ParseUint(fields[2], 10, 32)
		if err1 == nil && err2 == nil && count > 0 {
			ranges = append(ranges, isolate.IDMap{Inside: uint32(start), Count: uint32(count)})
		}
	})
	return ranges
}

// usedIDs are the ids that a system and the containers in it use: those of
// accounts, and the subordinate ones that its users have. Roots are directories
// of which the first with a file has the one that counts.
func usedIDs(roots ...[]string) []isolate.IDMap {
	used := []isolate.IDMap{{Inside: 0, Count: blockSize}}
	for _, lowers := range roots {
		for _, file := range []string{"etc/subuid", "etc/subgid"} {
			for _, lower := range lowers {
				path := filepath.Join(lower, file)
				if _, err := os.Stat(path); err == nil {
					used = append(used, subordinateRanges(path)...)
					break
				}
			}
		}
	}
	return mergeRanges(used)
}

// mergeRanges sorts ranges and joins those that overlap or touch.
func mergeRanges(ranges []isolate.IDMap) []isolate.IDMap {
	slices.SortFunc(ranges, func(a, b isolate.IDMap) int { return cmp.Compare(a.Inside, b.Inside) })
	var merged []isolate.IDMap
	for _, r := range ranges {
		r.Count = min(r.Count, rangeLimit)
		if n := len(merged); n > 0 && r.Inside <= merged[n-1].Inside+merged[n-1].Count {
			last := &merged[n-1]
			last.Count = max(last.Count, r.Inside+r.Count-last.Inside)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}
