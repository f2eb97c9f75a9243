package machine

// watchesPerSystem is how many inotify instances one booted system may need.
const watchesPerSystem = 8

// makeRoom raises the host's bound on inotify instances for a machine of so many
// systems. The kernel counts each machine's for a user of its own.
func (g *Group) makeRoom(systems int) error {
	return g.loans.of(watchLimit).raise(func(current int) int { return max(current, systems*watchesPerSystem) })
}

// systems counts a machine and the containers in it.
func (c *Config) systems() int { return 1 + countGuests(c.Containers) }

func countGuests(guests map[string]Guest) int {
	n := len(guests)
	for _, g := range guests {
		n += countGuests(g.Containers)
	}
	return n
}
