package description

// System describes one booted system: a machine of a test, a kept machine, the
// host, or the inside of a native container.
type System struct {
	// Version is the schema version, see [Version].
	Version int `json:"version"`
	// Name is the attribute name of the machine or container.
	Name string `json:"name"`
	// Platform is the Nix system double, such as x86_64-linux.
	Platform string `json:"platform"`
	// StateVersion is the NixOS release whose stateful defaults apply.
	StateVersion string `json:"stateVersion,omitempty"`
	// IsContainer says that the system runs inside another one: no kernel,
	// devices or clock of its own.
	IsContainer bool `json:"isContainer,omitempty"`

	// DefaultUnit is the target that boot aims at.
	DefaultUnit string `json:"defaultUnit,omitempty"`
	// Units maps file names such as "postgresql.service" to units.
	Units map[string]Unit `json:"units,omitempty"`
	// UserUnits are the units of the per-user service managers.
	UserUnits map[string]Unit `json:"userUnits,omitempty"`
	// UnitPackages are store paths whose lib/systemd/system or
	// etc/systemd/system units are made available (but not enabled).
	UnitPackages []string `json:"unitPackages,omitempty"`
	// MaskedUnits are vendor units that must not start.
	MaskedUnits []string `json:"maskedUnits,omitempty"`
	// GlobalEnvironment is added to the environment of every service.
	GlobalEnvironment map[string]string `json:"globalEnvironment,omitempty"`

	// Etc maps targets below /etc to files.
	Etc map[string]EtcFile `json:"etc,omitempty"`
	// SystemPath is the store path linked at /run/current-system/sw.
	SystemPath string `json:"systemPath,omitempty"`
	// ActivationScript is a store path run as root before the service
	// manager starts; empty for none.
	ActivationScript string `json:"activationScript,omitempty"`
	// DebianPackages are names whose dependency closure belongs to the root
	// besides the packages that the toplevel refers to. Evaluated systems
	// leave it empty; a hand-written description has nothing else.
	DebianPackages []string `json:"debianPackages,omitempty"`
	// Prepared are directories whose first content is expensive to make.
	Prepared []PreparedDirectory `json:"prepared,omitempty"`

	Users  map[string]User  `json:"users,omitempty"`
	Groups map[string]Group `json:"groups,omitempty"`
	// MutableUsers is false when undeclared accounts are to be removed.
	MutableUsers bool `json:"mutableUsers,omitempty"`

	Network  Network  `json:"network"`
	Firewall Firewall `json:"firewall"`

	// Containers are the native containers inside this system.
	Containers map[string]Container `json:"containers,omitempty"`
	// Images are container images to be preloaded into an engine.
	Images []Image `json:"images,omitempty"`

	// Resources bound the whole machine.
	Resources Resources `json:"resources"`
	// NeedsLogin asks for logind, D-Bus and per-user managers, which a slim
	// machine leaves out.
	NeedsLogin bool `json:"needsLogin,omitempty"`
	// NeedsControllers asks for a cgroup view with resource controllers: the
	// system has a container engine or a unit with a limit.
	NeedsControllers bool `json:"needsControllers,omitempty"`
}

// Unit is one systemd unit.
type Unit struct {
	// Disabled masks the unit: its file is a link to /dev/null.
	Disabled bool `json:"disabled,omitempty"`
	// Text, when set, is the whole file and Sections is empty.
	Text string `json:"text,omitempty"`
	// Sections maps section names ("Unit", "Service" ...) to keys. A key with
	// several values gives one line each, in order; "" resets.
	Sections map[string]map[string][]string `json:"sections,omitempty"`
	// Environment becomes Environment= lines of [Service], sorted by name.
	Environment map[string]string `json:"environment,omitempty"`

	WantedBy   []string `json:"wantedBy,omitempty"`
	RequiredBy []string `json:"requiredBy,omitempty"`
	UpheldBy   []string `json:"upheldBy,omitempty"`
	Aliases    []string `json:"aliases,omitempty"`
	// OverrideStrategy is "asDropinIfExists" (the default) or "asDropin".
	OverrideStrategy string `json:"overrideStrategy,omitempty"`
}

// EtcFile is one entry below /etc.
type EtcFile struct {
	// Source is a path, usually in the store; Text the content itself.
	// Exactly one of the two is set.
	Source string  `json:"source,omitempty"`
	Text   *string `json:"text,omitempty"`
	// Mode is "symlink", "direct-symlink" or an octal mode for a copy.
	Mode string `json:"mode,omitempty"`
	// User and Group own a copy: a name, or "+" and a number.
	User  string `json:"user,omitempty"`
	Group string `json:"group,omitempty"`
}

// PreparedDirectory is a directory that starts out with the result of a
// command, such as a fresh PostgreSQL cluster. The result is made once for a
// set of packages and copied into every machine whose directory is empty.
type PreparedDirectory struct {
	// Path is the directory inside the system.
	Path string `json:"path"`
	// Command is the program and its arguments, run as User in the system's
	// root without network; it fills Path.
	Command []string `json:"command"`
	// Environment is the command's whole environment besides PATH.
	Environment map[string]string `json:"environment,omitempty"`
	User        string            `json:"user"`
	Group       string            `json:"group"`
	// Mode is the octal mode of Path itself.
	Mode string `json:"mode"`
}

// User is one account.
type User struct {
	// UID is nil when berth is to choose one.
	UID          *uint32 `json:"uid,omitempty"`
	IsNormalUser bool    `json:"isNormalUser,omitempty"`
	IsSystemUser bool    `json:"isSystemUser,omitempty"`
	Group        string  `json:"group"`
	// ExtraGroups are further groups the user is a member of.
	ExtraGroups []string `json:"extraGroups,omitempty"`
	Description string   `json:"description,omitempty"`
	Home        string   `json:"home"`
	CreateHome  bool     `json:"createHome,omitempty"`
	// HomeMode is the octal mode of a created home.
	HomeMode string `json:"homeMode,omitempty"`
	Shell    string `json:"shell,omitempty"`
	// HashedPassword is a crypt(3) string; "" locks the password.
	HashedPassword        string `json:"hashedPassword,omitempty"`
	HashedPasswordFile    string `json:"hashedPasswordFile,omitempty"`
	Password              string `json:"password,omitempty"`
	InitialHashedPassword string `json:"initialHashedPassword,omitempty"`
	InitialPassword       string `json:"initialPassword,omitempty"`
	// AuthorizedKeys are lines for the user's ssh authorized_keys.
	AuthorizedKeys []string  `json:"authorizedKeys,omitempty"`
	Linger         *bool     `json:"linger,omitempty"`
	SubUIDRanges   []IDRange `json:"subUidRanges,omitempty"`
	SubGIDRanges   []IDRange `json:"subGidRanges,omitempty"`
	AutoSubIDRange bool      `json:"autoSubUidGidRange,omitempty"`
	// Packages is the store path linked at /etc/profiles/per-user/<name>.
	Packages string `json:"packages,omitempty"`
}

// IDRange is a range of subordinate ids.
type IDRange struct {
	Start uint32 `json:"start"`
	Count uint32 `json:"count"`
}

// Group is one group of accounts.
type Group struct {
	GID     *uint32  `json:"gid,omitempty"`
	Members []string `json:"members,omitempty"`
}

// Image is a container image that an engine of the system needs at boot.
type Image struct {
	// Engine is "docker", "podman" or "berth".
	Engine string `json:"engine"`
	// Reference is the name:tag the units use.
	Reference string `json:"reference"`
	// Stream is the store path of an executable that prints a docker
	// archive, File the store path of an archive; at most one is set.
	Stream string `json:"stream,omitempty"`
	File   string `json:"file,omitempty"`
}

// Resources bound a machine as a whole; zero means no bound.
type Resources struct {
	MemoryBytes uint64 `json:"memoryBytes,omitempty"`
	Tasks       uint64 `json:"tasks,omitempty"`
}
