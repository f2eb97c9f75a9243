package isolate

import "os"

// Namespace kinds, named as the OCI runtime specification names them.
const (
	MountNamespace   = "mount"
	PIDNamespace     = "pid"
	NetworkNamespace = "network"
	IPCNamespace     = "ipc"
	UTSNamespace     = "uts"
	CgroupNamespace  = "cgroup"
	UserNamespace    = "user"
)

// A Spec describes a process and the system it sees.
type Spec struct {
	// Args is the command; Args[0] is a path inside the new root, looked up
	// nowhere.
	Args []string `json:"args"`
	// Env is the command's whole environment, as NAME=value.
	Env []string `json:"env,omitempty"`
	// Directory is the working directory inside; "/" when empty.
	Directory string `json:"directory,omitempty"`

	// Namespaces lists the namespaces that are not the caller's. A mount
	// namespace is required when Root is set.
	Namespaces []Namespace `json:"namespaces,omitempty"`
	// UIDMap and GIDMap translate ids when there is a user namespace.
	UIDMap []IDMap `json:"-"`
	GIDMap []IDMap `json:"-"`
	// HostOwners, in a new user namespace with a root, shows what is mounted
	// from outside with the owners that it has there: what belongs to 0 on
	// disk belongs to 0 inside, whatever id that is outside. Mounts that are
	// read-only cannot be made writable inside. The kernel counts the
	// namespace's resources for the user that 0 inside is. The caller must be
	// root.
	HostOwners bool `json:"hostOwners,omitempty"`

	// Root is the root file system; nil keeps the caller's.
	Root *Root `json:"root,omitempty"`
	// Mounts are made inside the root, in this order.
	Mounts []Mount `json:"mounts,omitempty"`
	// ReadOnlyPaths are made read-only, MaskedPaths hidden and then
	// WritablePaths made writable again; those that do not exist are passed
	// over.
	ReadOnlyPaths []string `json:"readOnlyPaths,omitempty"`
	MaskedPaths   []string `json:"maskedPaths,omitempty"`
	WritablePaths []string `json:"writablePaths,omitempty"`
	// Links are symbolic links made inside, from place to target; those that
	// exist are replaced.
	Links map[string]string `json:"links,omitempty"`

	// Hostname is set when there is a UTS namespace.
	Hostname string `json:"hostname,omitempty"`
	// Loopback brings the interface lo up.
	Loopback bool `json:"loopback,omitempty"`

	// User is who the command runs as; nil keeps the caller's ids.
	User *User `json:"user,omitempty"`
	// Umask is set when it is not nil.
	Umask *uint32 `json:"umask,omitempty"`
	// Capabilities are the command's; nil keeps the caller's.
	Capabilities *Capabilities `json:"capabilities,omitempty"`
	Rlimits      []Rlimit      `json:"rlimits,omitempty"`
	Seccomp      *Seccomp      `json:"seccomp,omitempty"`
	// NoNewPrivileges stops setuid programs from gaining anything.
	NoNewPrivileges bool `json:"noNewPrivileges,omitempty"`
	OOMScoreAdj     *int `json:"oomScoreAdj,omitempty"`
	// Personality is a personality(2) value, such as PER_LINUX32.
	Personality *uint32 `json:"personality,omitempty"`

	// NewSession makes the command the leader of a session of its own;
	// Terminal also makes its standard input the controlling terminal.
	NewSession bool `json:"newSession,omitempty"`
	Terminal   bool `json:"terminal,omitempty"`
	// Init keeps a small init as the first process, which starts the
	// command, passes signals on and collects orphans.
	Init bool `json:"init,omitempty"`
	// Hooks are commands run as root inside the finished root before the
	// command; when one fails the command is not started.
	Hooks []Hook `json:"hooks,omitempty"`

	// Stdin, Stdout and Stderr are /dev/null when nil. Files follow them as
	// descriptors 3, 4 and so on.
	Stdin  *os.File   `json:"-"`
	Stdout *os.File   `json:"-"`
	Stderr *os.File   `json:"-"`
	Files  []*os.File `json:"-"`

	// Cgroup is where the process is put before it does anything; nil
	// leaves it beside the caller.
	Cgroup *Cgroup `json:"-"`
	// Prepare runs in the caller while the new process waits in its
	// namespaces. An error from it ends the process.
	Prepare func(pid int) error `json:"-"`
	// OutliveParent leaves the process running when the caller dies.
	// Otherwise it is killed then.
	OutliveParent bool `json:"outliveParent,omitempty"`
	// Executable is the program that has the stage "__isolate";
	// /proc/self/exe when empty.
	Executable string `json:"-"`
}

// A Namespace is a new one of its kind, or with Path set the one that the file
// stands for.
type Namespace struct {
	Kind string `json:"kind"`
	Path string `json:"path,omitempty"`
}

// IDMap maps Count ids that start with Inside to those that start with Outside.
type IDMap struct {
	Inside  uint32 `json:"inside"`
	Outside uint32 `json:"outside"`
	Count   uint32 `json:"count"`
}

// Root is the root file system of a process.
type Root struct {
	// Path is the directory that becomes the root or, with Overlay, an empty
	// directory that the overlay is mounted on, visible to the process alone.
	Path string `json:"path"`
	// Overlay, when not nil, is what the root consists of.
	Overlay *Overlay `json:"overlay,omitempty"`
	// ReadOnly makes the finished root read-only, its mounts not.
	ReadOnly bool `json:"readOnly,omitempty"`
}

// Overlay is a stack of directories seen as one.
type Overlay struct {
	// Lowers are the read-only directories, topmost first.
	Lowers []string `json:"lowers"`
	// Upper takes what is written and Work is the kernel's scratch
	// directory beside it, on the same file system, which must not be an
	// overlay itself. Both empty: the stack cannot be written to.
	Upper string `json:"upper,omitempty"`
	Work  string `json:"work,omitempty"`
	// Volatile leaves out syncing to disk: an unclean end loses the upper.
	Volatile bool `json:"volatile,omitempty"`
}

// A Mount is one mount inside the root.
type Mount struct {
	// Destination is the place inside; missing directories, or a missing
	// file for the bind of a file, are created.
	Destination string `json:"destination"`
	// Type is a file system type, "bind", or "dev": a small /dev with the
	// device nodes that Options name.
	Type string `json:"type"`
	// Source is a path outside for binds, else what the kernel shows.
	Source string `json:"source,omitempty"`
	// Options are mount options as mount(8) writes them.
	Options []string `json:"options,omitempty"`
	// Overlay is what a mount of type "overlay" consists of.
	Overlay *Overlay `json:"overlay,omitempty"`
	// Optional passes over a bind whose source does not exist.
	Optional bool `json:"optional,omitempty"`
}

// User is the identity of a process.
type User struct {
	UID    uint32   `json:"uid"`
	GID    uint32   `json:"gid"`
	Groups []uint32 `json:"groups,omitempty"`
}

// Capabilities are the sets of capabilities(7), by names such as CAP_CHOWN.
type Capabilities struct {
	Bounding    []string `json:"bounding"`
	Permitted   []string `json:"permitted,omitempty"`
	Effective   []string `json:"effective,omitempty"`
	Inheritable []string `json:"inheritable,omitempty"`
	Ambient     []string `json:"ambient,omitempty"`
}

// Rlimit is one resource limit; Type is a name such as RLIMIT_NOFILE.
type Rlimit struct {
	Type string `json:"type"`
	Soft uint64 `json:"soft"`
	Hard uint64 `json:"hard"`
}

// Hook is a command run inside before the main one.
type Hook struct {
	Args []string `json:"args"`
	Env  []string `json:"env,omitempty"`
	// Stdin is text given to the command.
	Stdin string `json:"stdin,omitempty"`
}

func (s *Spec) hasNamespace(kind string) bool {
	for _, n := range s.Namespaces {
		if n.Kind == kind {
			return true
		}
	}
	return false
}
