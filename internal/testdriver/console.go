package testdriver

import (
	"context"
	"time"
)

type consoleArguments struct {
	// Offset is how much the script has read already.
	Offset int `json:"offset"`
	// Wait is how long to wait for more.
	Wait limit `json:"wait"`
}

// console returns what the machine's console printed from an offset on,
// waiting for something new. The matching is done in Python, whose patterns
// scripts use.
func (c *call) console(ctx context.Context, a consoleArguments) (any, error) {
	content, end, grown := c.output.since(a.Offset)
	if content == "" && a.Wait.duration > 0 {
		timer := time.NewTimer(a.Wait.duration)
		defer timer.Stop()
		select {
		case <-grown:
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		content, end, _ = c.output.since(a.Offset)
	}
	return []any{end, text(content)}, nil
}
