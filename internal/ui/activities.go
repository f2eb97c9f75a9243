package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// activities remembers what is going on, for renderings that summarise it.
type activities struct {
	running map[int64]*running
	totals  map[Verb]*total
	order   []Verb
}

type running struct {
	Event
	begun time.Time
}

// total counts the activities of a verb since the last time none was running.
type total struct {
	begun, ended  int
	done, wanted  int64
	active        int
	since, last   time.Time
	shownSince    time.Time
	shownProgress string
}

func newActivities() *activities {
	return &activities{running: map[int64]*running{}, totals: map[Verb]*total{}}
}

// add takes an event into account.
func (a *activities) add(e Event) {
	switch e.Kind {
	case KindBegun:
		a.running[e.Activity] = &running{Event: e, begun: e.Time}
		a.begin(e)
	case KindProgress:
		if r := a.running[e.Activity]; r != nil {
			t := a.totals[r.Verb]
			t.done += e.Done - r.Done
			t.wanted += e.Total - r.Total
			r.Done, r.Total = e.Done, e.Total
		}
	case KindEnded:
		if r := a.running[e.Activity]; r != nil {
			delete(a.running, e.Activity)
			t := a.totals[r.Verb]
			t.ended++
			t.active--
			t.last = e.Time
		}
	}
}

func (a *activities) begin(e Event) {
	t := a.totals[e.Verb]
	if t == nil {
		t = &total{since: e.Time, shownSince: e.Time}
		a.totals[e.Verb] = t
		a.order = append(a.order, e.Verb)
	}
	t.begun++
	t.active++
}

// oldest are the running activities, longest running first.
func (a *activities) oldest() []*running {
	all := make([]*running, 0, len(a.running))
	for _, r := range a.running {
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y *running) int { return cmp.Compare(x.Activity, y.Activity) })
	return all
}

// summary is one phrase per verb, such as "fetched 3 of 10 (1.0 of 4.0 MiB)".
func (a *activities) summary() string {
	var parts []string
	for _, verb := range a.order {
		t := a.totals[verb]
		if t.begun > 1 || t.wanted > 0 {
			parts = append(parts, t.phrase(verb))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *total) phrase(verb Verb) string {
	phrase := fmt.Sprintf("%s %d of %d", verb.done(), t.ended, t.begun)
	switch {
	case t.wanted > 0:
		phrase += fmt.Sprintf(" (%s of %s)", Bytes(t.done), Bytes(t.wanted))
	case t.done > 0:
		phrase += fmt.Sprintf(" (%s)", Bytes(t.done))
	}
	return phrase
}

// describe is the line of one running activity; a long name is cut, so that
// the numbers are seen.
func (r *running) describe(now time.Time, columns int) string {
	var numbers string
	if r.Total > 0 {
		numbers = fmt.Sprintf("  %d%% of %s", min(100, 100*r.Done/r.Total), Bytes(r.Total))
	} else if r.Done > 0 {
		numbers = "  " + Bytes(r.Done)
	}
	numbers += seconds(now.Sub(r.begun))
	return cut(cut(r.Verb.doing()+" "+clean(r.Text), columns-width(numbers))+numbers, columns)
}

// seconds is shown once something takes long.
func seconds(d time.Duration) string {
	if d < time.Second {
		return ""
	}
	return fmt.Sprintf("  %d s", int(d.Seconds()))
}
