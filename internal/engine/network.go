package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Networks connects the network namespaces of containers to the system's.
type Networks interface {
	// MakeBridge makes a network's bridge unless it is there.
	MakeBridge(NetworkConfig) error
	RemoveBridge(NetworkConfig) error
	// Plug connects a process's namespace to a bridge. The first plug is the
	// way to everything else.
	Plug(pid int, plugs []Plug) error
	// Publish makes ports of the system lead to an address, Unpublish undoes
	// it.
	Publish(container string, address string, ports []PublishedPort) error
	Unpublish(container string) error
}

// NetworkConfig is a network that containers share.
type NetworkConfig struct {
	Name   string
	Driver string
	// Interface is the bridge.
	Interface string
	Subnet    string
	Gateway   string
	// IPRange is the part of the subnet for containers; all of it if empty.
	IPRange  string            `json:",omitempty"`
	Internal bool              `json:",omitempty"`
	Labels   map[string]string `json:",omitempty"`
}

// Plug is one link of a container.
type Plug struct {
	Network NetworkConfig
	// Outer and Inner name the two ends.
	Outer, Inner string
	// Address has a prefix length.
	Address string
}

// PublishedPort leads from the system into a container.
type PublishedPort struct {
	// HostAddress is empty for all of the system's.
	HostAddress   string
	HostPort      int
	ContainerPort int
	// Protocol is tcp or udp.
	Protocol string
}

// Names of networks that are always there.
const (
	networkHost   = "host"
	networkNone   = "none"
	networkBridge = "bridge"
)

// pool is where networks get their subnets from: the second number counts.
const (
	poolPrefix = "10.235."
	poolSize   = 256
)

// CreateNetwork declares a network. Its bridge is made with it.
func (e *Engine) CreateNetwork(n NetworkConfig) error {
	if err := checkName("network", n.Name); err != nil {
		return err
	}
	if slices.Contains([]string{networkHost, networkNone, networkBridge}, n.Name) {
		return fmt.Errorf("create network: %q is always there", n.Name)
	}
	if n.Driver != "" && n.Driver != networkBridge {
		return fmt.Errorf("create network %s: the driver %q is not supported; bridge is", n.Name, n.Driver)
	}
	unlock, err := e.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(e.networkPath(n.Name)); err == nil {
		return fmt.Errorf("create network %s: it is there already", n.Name)
	}
	return e.makeNetwork(n)
}

// makeNetwork completes a network and writes it down; the engine is locked.
func (e *Engine) makeNetwork(n NetworkConfig) error {
	if e.config.Networks == nil {
		return fmt.Errorf("create network %s: there are no networks here", n.Name)
	}
	if err := e.plan(&n); err != nil {
		return fmt.Errorf("create network %s: %w", n.Name, err)
	}
	if err := e.config.Networks.MakeBridge(n); err != nil {
		return fmt.Errorf("create network %s: %w", n.Name, err)
	}
	return writeJSON(e.networkPath(n.Name), n)
}

// plan fills in what was left open.
func (e *Engine) plan(n *NetworkConfig) error {
	n.Driver = networkBridge
	others, err := e.Networks()
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for _, other := range others {
		used[other.Subnet] = true
		if other.Interface == n.Interface {
			return fmt.Errorf("the network %s has the interface %s", other.Name, n.Interface)
		}
	}
	for i := 0; n.Subnet == ""; i++ {
		if i == poolSize {
			return fmt.Errorf("all of %s0.0/16 is in use", poolPrefix)
		}
		if subnet := fmt.Sprintf("%s%d.0/24", poolPrefix, i); !used[subnet] {
			n.Subnet = subnet
		}
	}
	prefix, err := netip.ParsePrefix(n.Subnet)
	if err != nil || !prefix.Addr().Is4() {
		return fmt.Errorf("subnet %q: an IPv4 network such as 10.1.2.0/24 was expected", n.Subnet)
	}
	n.Subnet = prefix.Masked().String()
	if n.Gateway == "" {
		n.Gateway = prefix.Masked().Addr().Next().String()
	}
	if n.Interface == "" {
		n.Interface = interfaceName("berth-" + n.Name)
	}
	return nil
}

// Networks returns the declared networks, sorted by name.
func (e *Engine) Networks() ([]NetworkConfig, error) {
	files, err := filepath.Glob(e.path(networksName, "*.json"))
	if err != nil {
		return nil, err
	}
	var all []NetworkConfig
	for _, file := range files {
		var n NetworkConfig
		if _, err := readJSON(file, &n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}

// Network returns a network by name.
func (e *Engine) Network(name string) (*NetworkConfig, error) {
	if err := checkName("network", name); err != nil {
		return nil, err
	}
	n := &NetworkConfig{}
	found, err := readJSON(e.networkPath(name), n)
	if err == nil && !found {
		err = &NotFoundError{"network", name}
	}
	return n, err
}

// RemoveNetwork removes a network that no container uses.
func (e *Engine) RemoveNetwork(name string) error {
	unlock, err := e.lock()
	if err != nil {
		return err
	}
	defer unlock()
	n, err := e.Network(name)
	if err != nil {
		return err
	}
	states, err := e.List()
	if err != nil {
		return err
	}
	for _, s := range states {
		if _, uses := s.Addresses[name]; uses && s.Running() {
			return fmt.Errorf("remove network %s: the container %s uses it", name, s.Name)
		}
	}
	if err := e.config.Networks.RemoveBridge(*n); err != nil {
		return fmt.Errorf("remove network %s: %w", name, err)
	}
	return os.Remove(e.networkPath(name))
}

func (e *Engine) networkPath(name string) string { return e.path(networksName, name+".json") }

// ownNetwork reports whether a container has a network namespace of its own.
func ownNetwork(networks []string) bool {
	return !slices.Equal(networks, []string{networkHost})
}

// join finds a container's networks and takes an address in each; the engine
// is locked.
func (e *Engine) join(s *State, networks []string) error {
	s.Addresses = map[string]string{}
	for _, name := range networks {
		if name == networkHost || name == networkNone {
			if len(networks) > 1 {
				return fmt.Errorf("the network %s excludes others", name)
			}
			return nil
		}
		n, err := e.Network(name)
		if missing := (*NotFoundError)(nil); errors.As(err, &missing) && name == networkBridge {
			if err = e.makeNetwork(NetworkConfig{Name: networkBridge, Interface: "berth0"}); err == nil {
				n, err = e.Network(name)
			}
		}
		if err != nil {
			return err
		}
		if err := e.config.Networks.MakeBridge(*n); err != nil {
			return err // the system was started anew meanwhile
		}
		if s.Addresses[name], err = e.freeAddress(n); err != nil {
			return err
		}
	}
	return nil
}

// freeAddress returns an address of a network that no living container has.
func (e *Engine) freeAddress(n *NetworkConfig) (string, error) {
	states, err := e.List()
	if err != nil {
		return "", err
	}
	used := map[string]bool{n.Gateway: true}
	for _, s := range states {
		if s.Running() {
			address, _, _ := strings.Cut(s.Addresses[n.Name], "/")
			used[address] = true
		}
	}
	subnet, err := netip.ParsePrefix(n.Subnet)
	if err != nil {
		return "", err
	}
	pool := subnet
	if n.IPRange != "" {
		if pool, err = netip.ParsePrefix(n.IPRange); err != nil {
			return "", err
		}
	}
	for a := pool.Masked().Addr(); pool.Contains(a); a = a.Next() {
		isEdge := a == subnet.Masked().Addr() || !subnet.Contains(a.Next())
		if !isEdge && !used[a.String()] {
			return netip.PrefixFrom(a, subnet.Bits()).String(), nil
		}
	}
	return "", fmt.Errorf("all addresses of the network %s are in use", n.Name)
}

// plugs are a container's links, in the order of its networks.
func (e *Engine) plugs(s *State, networks []string) ([]Plug, error) {
	var plugs []Plug
	for i, name := range networks {
		address, ok := s.Addresses[name]
		if !ok {
			continue
		}
		n, err := e.Network(name)
		if err != nil {
			return nil, err
		}
		plugs = append(plugs, Plug{Network: *n, Outer: interfaceName(fmt.Sprintf("bc%d-%s", i, s.Name)),
			Inner: fmt.Sprintf("eth%d", i), Address: address})
	}
	return plugs, nil
}

// nameContainers writes /etc/hosts anew for the containers of the networks: in
// place, because the files are shown inside. The engine is locked.
func (e *Engine) nameContainers() error {
	states, err := e.List()
	if err != nil {
		return err
	}
	for _, s := range states {
		if !s.Running() || len(s.Addresses) == 0 {
			continue
		}
		err := rewrite(e.path(containersName, s.Name, "hosts"), hostsOf(s, states))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// hostsOf is what a container finds in /etc/hosts.
func hostsOf(s *State, all []*State) string {
	var b strings.Builder
	b.WriteString("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n")
	for _, line := range s.ExtraHosts {
		name, address, _ := strings.Cut(line, ":")
		fmt.Fprintf(&b, "%s %s\n", address, name)
	}
	for _, other := range all {
		if !other.Running() {
			continue
		}
		for _, network := range sortedKeys(other.Addresses) {
			if _, shared := s.Addresses[network]; !shared {
				continue
			}
			address, _, _ := strings.Cut(other.Addresses[network], "/")
			names := other.Name
			if other.Name == s.Name && s.Hostname != s.Name {
				names = s.Hostname + " " + s.Name
			}
			fmt.Fprintf(&b, "%s %s\n", address, names)
		}
	}
	return b.String()
}

// rewrite changes a file's content without making another file.
func rewrite(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(text), 0)
	if err == nil {
		err = f.Truncate(int64(len(text)))
	}
	return errors.Join(err, f.Close())
}
