package description

// Container is a native container: a system of its own inside another system,
// run as the unit container@<name>.service.
type Container struct {
	// System is the store path of the container's toplevel; its
	// description.json says everything about the inside.
	System string `json:"system"`
	// AutoStart starts it with machines.target.
	AutoStart bool `json:"autoStart,omitempty"`
	// Ephemeral gives it an empty root at every start.
	Ephemeral        bool `json:"ephemeral,omitempty"`
	RestartIfChanged bool `json:"restartIfChanged,omitempty"`
	// PrivateNetwork gives it a network namespace of its own.
	PrivateNetwork bool `json:"privateNetwork,omitempty"`
	// NetworkNamespace is the path of an existing network namespace to join.
	NetworkNamespace string `json:"networkNamespace,omitempty"`
	// Link is the first veth pair: eth0 inside, ve-<name> outside. Nil when
	// there is none.
	Link *ContainerLink `json:"link,omitempty"`
	// ExtraVeths are further pairs, named alike on both sides.
	ExtraVeths map[string]ContainerLink `json:"extraVeths,omitempty"`
	// Interfaces are host interfaces moved into the container.
	Interfaces []string `json:"interfaces,omitempty"`
	// MACVLANs are host interfaces that get a macvlan mv-<if> inside.
	MACVLANs []string `json:"macvlans,omitempty"`
	// BindMounts maps places inside to what is shown there.
	BindMounts map[string]BindMount `json:"bindMounts,omitempty"`
	// TemporaryFileSystems are mount points of tmpfs, each optionally with
	// ":options".
	TemporaryFileSystems   []string        `json:"tmpfs,omitempty"`
	AllowedDevices         []AllowedDevice `json:"allowedDevices,omitempty"`
	AdditionalCapabilities []string        `json:"additionalCapabilities,omitempty"`
	EnableTun              bool            `json:"enableTun,omitempty"`
	// PrivateUsers is "no", "identity", "pick" or a decimal first uid.
	PrivateUsers string `json:"privateUsers,omitempty"`
	// TimeoutStart is a systemd time span.
	TimeoutStart string `json:"timeoutStart,omitempty"`
	// CopyResolvConf shows the outer resolv.conf inside.
	CopyResolvConf bool `json:"copyResolvConf,omitempty"`
	// ExtraFlags are systemd-nspawn flags that the configuration asked for;
	// those berth has no equivalent of are refused when the container starts.
	ExtraFlags []string `json:"extraFlags,omitempty"`
}

// ContainerLink is a veth pair between a container and the system around it.
type ContainerLink struct {
	// HostBridge is the bridge the outer end joins; HostAddress(6) is then unused.
	HostBridge    string        `json:"hostBridge,omitempty"`
	HostAddress   string        `json:"hostAddress,omitempty"`
	HostAddress6  string        `json:"hostAddress6,omitempty"`
	LocalAddress  string        `json:"localAddress,omitempty"`
	LocalAddress6 string        `json:"localAddress6,omitempty"`
	LocalMAC      string        `json:"localMac,omitempty"`
	Forwards      []PortForward `json:"forwards,omitempty"`
}

// BindMount shows a file or directory of the outer system inside.
type BindMount struct {
	HostPath string `json:"hostPath"`
	ReadOnly bool   `json:"readOnly,omitempty"`
}

// AllowedDevice is a device node the container may use.
type AllowedDevice struct {
	Node string `json:"node"`
	// Modifier is a subset of "rwm".
	Modifier string `json:"modifier"`
}
