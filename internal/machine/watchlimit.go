package machine

// watchLimit is the host's bound on inotify instances of one user, which all
// systems on it share. Its default, 128, is enough for some thirty machines.
const watchLimit = "/proc/sys/fs/inotify/max_user_instances"

// watchesPerSystem is what one booted system may need, and reservedWatches is
// left to the rest of the host.
const (
	watchesPerSystem = 8
	reservedWatches  = 128
)

// raiseWatchLimit makes room for a number of systems. The limit found is put
// back when the last run directory goes. Where it cannot be changed, machines
// still start as long as there is room.
func raiseWatchLimit(parent string, systems int) error {
	needed := systems*watchesPerSystem + reservedWatches
	return borrowed(watchLimit).raise(parent, needed)
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
