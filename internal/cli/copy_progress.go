package cli

import (
	"slices"
	"sync"

	"berth.dev/internal/ui"
	"berth.dev/nix/storepath"
)

// copyProgress shows a copy on the display and remembers what was copied.
type copyProgress struct {
	display *ui.Display
	mu      sync.Mutex
	copied  []storepath.Path
}

// Begin implements [binarycache.Progress].
func (c *copyProgress) Begin(p storepath.Path, size int64) (func(int64), func(error)) {
	activity := c.display.Begin(ui.Verb("copy"), p.Name())
	return func(done int64) { activity.Progress(done, size) }, func(err error) {
		if err == nil {
			c.mu.Lock()
			c.copied = append(c.copied, p)
			c.mu.Unlock()
		}
		activity.Done(err)
	}
}

func (c *copyProgress) sorted() []storepath.Path {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := slices.Clone(c.copied)
	if all == nil {
		all = []storepath.Path{}
	}
	slices.SortFunc(all, storepath.Path.Compare)
	return all
}
