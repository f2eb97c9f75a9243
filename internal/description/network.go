package description

// Network is a system's names and addresses.
type Network struct {
	HostName string `json:"hostName"`
	Domain   string `json:"domain,omitempty"`
	// Interfaces maps names inside the system to links.
	Interfaces map[string]Interface `json:"interfaces,omitempty"`
	// PrimaryAddress and PrimaryAddress6 are what other machines of a test
	// know this one by; without prefix length.
	PrimaryAddress  string `json:"primaryAddress,omitempty"`
	PrimaryAddress6 string `json:"primaryAddress6,omitempty"`
	// Hosts are the lines of /etc/hosts besides localhost.
	Hosts       []HostEntry `json:"hosts,omitempty"`
	Nameservers []string    `json:"nameservers,omitempty"`
	Search      []string    `json:"search,omitempty"`
	// DefaultGateway is an address, or empty.
	DefaultGateway  string `json:"defaultGateway,omitempty"`
	DefaultGateway6 string `json:"defaultGateway6,omitempty"`
	// Sysctl are kernel settings below net., such as net.ipv4.ip_forward.
	Sysctl map[string]string `json:"sysctl,omitempty"`
	// Forwards publish ports of the host in a kept machine.
	Forwards []PortForward `json:"forwards,omitempty"`
	// NAT lets internal interfaces reach the outside.
	NAT *NAT `json:"nat,omitempty"`
}

// Interface is one network link of a system.
type Interface struct {
	// VLAN is the number of the test network the link is plugged into;
	// 0 for a link that is not part of a test network.
	VLAN int `json:"vlan,omitempty"`
	// Addresses are in prefix notation, both families.
	Addresses []string `json:"addresses,omitempty"`
	MAC       string   `json:"mac,omitempty"`
	MTU       int      `json:"mtu,omitempty"`
}

// HostEntry is one line of /etc/hosts.
type HostEntry struct {
	Address string   `json:"address"`
	Names   []string `json:"names"`
}

// PortForward publishes a port.
type PortForward struct {
	// Protocol is "tcp" or "udp".
	Protocol     string `json:"protocol"`
	HostAddress  string `json:"hostAddress,omitempty"`
	HostPort     int    `json:"hostPort"`
	GuestAddress string `json:"guestAddress,omitempty"`
	GuestPort    int    `json:"guestPort"`
}

// NAT masquerades traffic of internal interfaces.
type NAT struct {
	InternalInterfaces []string `json:"internalInterfaces,omitempty"`
	InternalIPs        []string `json:"internalIPs,omitempty"`
	ExternalInterface  string   `json:"externalInterface,omitempty"`
}

// Firewall filters what reaches a system. Its rules are loaded before the
// first process of the system runs, and a system whose rules cannot be loaded
// is not started.
type Firewall struct {
	Enable bool `json:"enable"`
	PortSet
	// Interfaces adds ports for single interfaces.
	Interfaces map[string]PortSet `json:"interfaces,omitempty"`
	// TrustedInterfaces accept everything; "lo" is always one of them.
	TrustedInterfaces []string `json:"trustedInterfaces,omitempty"`
	AllowPing         bool     `json:"allowPing"`
	// PingLimit is an nftables limit expression such as "2/second".
	PingLimit string `json:"pingLimit,omitempty"`
	// RejectPackets answers refused packets instead of dropping them.
	RejectPackets bool `json:"rejectPackets,omitempty"`
	// CheckReversePath is "", "strict" or "loose".
	CheckReversePath      string `json:"checkReversePath,omitempty"`
	LogRefusedConnections bool   `json:"logRefusedConnections,omitempty"`
	LogRefusedPackets     bool   `json:"logRefusedPackets,omitempty"`
	LogReversePathDrops   bool   `json:"logReversePathDrops,omitempty"`
	// ExtraInputRules are nftables statements for the input chain.
	ExtraInputRules string `json:"extraInputRules,omitempty"`
	// ExtraCommands and ExtraStopCommands are shell text for iptables, run
	// inside the system.
	ExtraCommands     string `json:"extraCommands,omitempty"`
	ExtraStopCommands string `json:"extraStopCommands,omitempty"`
}

// PortSet is a set of open ports.
type PortSet struct {
	AllowedTCPPorts      []int       `json:"allowedTCPPorts,omitempty"`
	AllowedUDPPorts      []int       `json:"allowedUDPPorts,omitempty"`
	AllowedTCPPortRanges []PortRange `json:"allowedTCPPortRanges,omitempty"`
	AllowedUDPPortRanges []PortRange `json:"allowedUDPPortRanges,omitempty"`
}

// PortRange is a closed range of ports.
type PortRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}
