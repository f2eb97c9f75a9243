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
	// log are its last lines.
	log []string
}

// failureLines is how much of a log is shown when its activity fails.
const failureLines = 20

// total counts the activities of a verb.
type total struct {
	planned, begun, ended int
	plannedBytes          int64
	done, wanted          int64
	active                int
	// shown is what a plain display said last, and when.
	shown   string
	shownAt time.Time
}

// count is how many activities there will be, bytes how much they are about:
// as planned, or as much as has become known.
func (t *total) count() int   { return max(t.planned, t.begun) }
func (t *total) bytes() int64 { return max(t.plannedBytes, t.wanted) }

func newActivities() *activities {
	return &activities{running: map[int64]*running{}, totals: map[Verb]*total{}}
}

// add takes an event into account. It returns the log of an activity that
// failed.
func (a *activities) add(e Event) (log []string) {
	switch e.Kind {
	case KindPlanned:
		t := a.total(e)
		t.planned += e.Count
		t.plannedBytes += e.Total
	case KindBegun:
		a.running[e.Activity] = &running{Event: e, begun: e.Time}
		t := a.total(e)
		t.begun++
		t.active++
	default:
		if r := a.running[e.Activity]; r != nil {
			return a.advance(r, e)
		}
	}
	return nil
}

// advance takes an event of a running activity into account.
func (a *activities) advance(r *running, e Event) (log []string) {
	t := a.totals[r.Verb]
	switch e.Kind {
	case KindProgress:
		t.done += e.Done - r.Done
		t.wanted += e.Total - r.Total
		r.Done, r.Total = e.Done, e.Total
	case KindLog:
		r.log = append(r.log, e.Text)
		r.log = r.log[max(0, len(r.log)-failureLines):]
	case KindEnded:
		delete(a.running, e.Activity)
		t.ended++
		t.active--
		if e.Error != "" {
			return r.log
		}
	}
	return nil
}

func (a *activities) total(e Event) *total {
	t := a.totals[e.Verb]
	if t == nil {
		t = &total{shownAt: e.Time}
		a.totals[e.Verb] = t
		a.order = append(a.order, e.Verb)
		slices.SortFunc(a.order, func(x, y Verb) int { return cmp.Compare(x.rank(), y.rank()) })
	}
	return t
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
		if t.count() > 1 || t.bytes() > 0 {
			parts = append(parts, t.phrase(verb))
		}
	}
	return strings.Join(parts, ", ")
}

func (t *total) phrase(verb Verb) string {
	phrase := fmt.Sprintf("%s %d of %d", verb.done(), t.ended, t.count())
	switch {
	case t.bytes() > 0 && t.done < t.bytes():
		phrase += fmt.Sprintf(" (%s of %s)", Bytes(t.done), Bytes(t.bytes()))
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
