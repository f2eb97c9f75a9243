package eval

import (
	"math"
	"runtime"
	"runtime/debug"
)

// DelayCollection turns the garbage collector of the process off until memory
// in use reaches a size, and then sets it to run whenever the heap has grown by
// a percentage. Most evaluations end before that: they produce little garbage
// compared with what they keep. It is for programs that evaluate and exit.
func DelayCollection(threshold int64, percent int) {
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(threshold)
	sentinel := new([64]byte)
	runtime.AddCleanup(sentinel, func(percent int) {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(math.MaxInt64)
	}, percent)
	runtime.KeepAlive(sentinel)
}
