package kept

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"berth.dev/internal/description"
)

// Kinds of rows that are inside of machines.
const (
	kindNative = "native"
	kindOCI    = "oci"
)

// A Row is one machine, or a container inside one, as "berth ps" shows it.
type Row struct {
	// Name of a container is MACHINE/CONTAINER.
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	State string `json:"state"`
	// Since is when it came into this state, if that is known.
	Since *time.Time `json:"since,omitempty"`
	// MemoryBytes is what its processes hold, shared pages by their part.
	MemoryBytes int64                     `json:"memoryBytes,omitempty"`
	Ports       []description.PortForward `json:"ports,omitempty"`
	Unit        string                    `json:"unit,omitempty"`
	Error       string                    `json:"error,omitempty"`
	// FailedUnits are those of a machine whose state is degraded.
	FailedUnits []string `json:"failedUnits,omitempty"`
}

// List describes all machines and what runs in them, in the order of names.
func (y *Yard) List(ctx context.Context) ([]Row, error) {
	names, err := y.Names()
	if err != nil {
		return nil, err
	}
	found := make([][]Row, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { found[i] = y.rows(ctx, name) })
	}
	all.Wait()
	return slices.Concat(found...), nil
}

// insideTimeout is how long a machine may take to describe itself.
const insideTimeout = 5 * time.Second

func (y *Yard) rows(ctx context.Context, name string) []Row {
	l, err := y.Launch(name)
	if err != nil {
		return []Row{{Name: name, Kind: string(KindMachine), State: "broken", Error: err.Error()}}
	}
	row := Row{Name: name, Kind: string(l.Kind), Ports: l.Ports()}
	if y.HostUnits {
		row.Unit = UnitName(name)
	}
	status, err := y.Status(name)
	if err != nil {
		row.State, row.Error = "unknown", err.Error()
		return []Row{row}
	}
	row.State, row.Error = string(status.State), status.Error
	if !status.Since.IsZero() {
		row.Since = &status.Since
	}
	if status.State.Ended() {
		row.Ports = nil
		return []Row{row}
	}
	row.MemoryBytes = memoryOf(status.Cgroups, "")
	ctx, cancel := context.WithTimeout(ctx, insideTimeout)
	defer cancel()
	inside, err := y.inside(ctx, l, status)
	if err != nil {
		return []Row{row} // it is on its way up or down
	}
	if status.State == Running && len(inside.failed) > 0 {
		row.State, row.FailedUnits = "degraded", inside.failed
	}
	return append([]Row{row}, inside.rows...)
}

// FailedUnits are the units of a running machine that failed.
func (y *Yard) FailedUnits(ctx context.Context, name string) ([]string, error) {
	text, err := y.output(ctx, name, "systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--no-pager")
	return firstWords(text), err
}

func firstWords(text string) []string {
	var words []string
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 0 {
			words = append(words, fields[0])
		}
	}
	return words
}

// contents is what a machine says about itself.
type contents struct {
	failed []string
	rows   []Row
}

// describeScript asks for everything at once. The units' descriptions are
// separated by empty lines.
const describeScript = `systemctl list-units --state=failed --plain --no-legend --no-pager
echo ---
exec systemctl show --timestamp=unix --property=Id,ActiveState,SubState,StateChangeTimestamp,ControlGroup ` +
	`'container@*.service' 'docker-*.service' 'podman-*.service' 'oci-*.service'`

func (y *Yard) inside(ctx context.Context, l *Launch, status Status) (*contents, error) {
	text, err := y.output(ctx, l.Name, "/bin/sh", "-c", describeScript)
	if err != nil {
		return nil, err
	}
	return parseContents(l, text, func(group string) int64 { return memoryOf(status.Cgroups, group) }), nil
}

// parseContents reads what describeScript prints. Containers that are not
// loaded come from the description.
func parseContents(l *Launch, text string, memory func(group string) int64) *contents {
	failed, units, _ := strings.Cut(text, "---\n")
	c := &contents{failed: firstWords(failed)}
	seen := map[string]bool{}
	for block := range strings.SplitSeq(units, "\n\n") {
		properties := map[string]string{}
		for line := range strings.Lines(block) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			properties[key] = value
		}
		if row, ok := unitRow(l, properties, memory); ok && !seen[row.Unit] {
			seen[row.Unit] = true
			c.rows = append(c.rows, row)
		}
	}
	for name := range l.System.Containers {
		if unit := "container@" + name + ".service"; !seen[unit] {
			c.rows = append(c.rows, Row{Name: l.Name + "/" + name, Kind: kindNative, State: string(Off), Unit: unit})
		}
	}
	slices.SortFunc(c.rows, func(a, b Row) int { return cmp.Compare(a.Name, b.Name) })
	return c
}

func unitRow(l *Launch, properties map[string]string, memory func(string) int64) (Row, bool) {
	row := Row{Unit: properties["Id"]}
	stem := strings.TrimSuffix(row.Unit, ".service")
	if name, ok := strings.CutPrefix(stem, "container@"); ok {
		row.Kind, row.Name = kindNative, name
		container := l.System.Containers[name]
		if container.Link != nil {
			row.Ports = container.Link.Forwards
		}
	} else if _, name, ok := strings.Cut(stem, "-"); ok && declared(l.System, row.Unit) {
		row.Kind, row.Name = kindOCI, name
		row.Ports = publishedPorts(l.System.Units[row.Unit])
	} else {
		return row, false
	}
	row.Name = l.Name + "/" + row.Name
	row.State = unitState(properties["ActiveState"])
	if seconds, err := strconv.ParseInt(strings.TrimPrefix(properties["StateChangeTimestamp"], "@"), 10, 64); err == nil && seconds > 0 {
		since := time.Unix(seconds, 0)
		row.Since = &since
	}
	if group := properties["ControlGroup"]; group != "" && group != "/" {
		row.MemoryBytes = memory(group)
	}
	if row.State == string(Off) {
		row.Ports = nil
	}
	return row, true
}

func declared(s *description.System, unit string) bool {
	_, ok := s.Units[unit]
	return ok
}

// unitState says in the words for machines what systemd says about units.
func unitState(active string) string {
	switch active {
	case "active", "reloading", "refreshing":
		return string(Running)
	case "activating":
		return string(Starting)
	case "deactivating":
		return string(Stopping)
	case "failed":
		return string(Failed)
	}
	return string(Off)
}

// publishedPorts finds the ports that a container engine is told to publish.
func publishedPorts(u description.Unit) []description.PortForward {
	var ports []description.PortForward
	for _, command := range u.Sections["Service"]["ExecStart"] {
		words := strings.Fields(command)
		for i, word := range words {
			if (word == "-p" || word == "--publish") && i+1 < len(words) {
				if p, err := ParsePublish(strings.Trim(words[i+1], `'"`)); err == nil {
					ports = append(ports, p)
				}
			}
		}
	}
	return ports
}

// ParsePublish reads [HOSTIP:]HOSTPORT:PORT[/udp].
func ParsePublish(text string) (description.PortForward, error) {
	bad := fmt.Errorf("%q is not [HOSTIP:]HOSTPORT:PORT[/udp]", text)
	rest, protocol, named := strings.Cut(text, "/")
	if !named {
		protocol = "tcp"
	}
	last := strings.LastIndexByte(rest, ':')
	if last < 0 || protocol != "tcp" && protocol != "udp" {
		return description.PortForward{}, bad
	}
	host, address := rest[:last], ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		address, host = strings.Trim(host[:i], "[]"), host[i+1:]
	}
	outer, err1 := strconv.ParseUint(host, 10, 16)
	inner, err2 := strconv.ParseUint(rest[last+1:], 10, 16)
	if err1 != nil || err2 != nil || outer == 0 || inner == 0 {
		return description.PortForward{}, bad
	}
	return description.PortForward{Protocol: protocol, HostAddress: address, HostPort: int(outer), GuestPort: int(inner)}, nil
}
