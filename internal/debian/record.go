package debian

// A Record describes one package of an index. Its JSON form is the entry of a
// lock file; the fields that are only told to people are not part of it.
type Record struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Architecture string `json:"architecture"`
	SHA256       string `json:"sha256"` // hexadecimal
	Size         int64  `json:"size"`
	Path         string `json:"path"` // below the archive's root: pool/main/...

	PreDepends string `json:"preDepends,omitempty"`
	Depends    string `json:"depends,omitempty"`
	Provides   string `json:"provides,omitempty"`
	Conflicts  string `json:"conflicts,omitempty"`
	Breaks     string `json:"breaks,omitempty"`
	Priority   string `json:"priority,omitempty"`
	Essential  bool   `json:"essential,omitempty"`

	Section       string `json:"-"`
	Description   string `json:"-"` // the synopsis
	Homepage      string `json:"-"`
	InstalledSize int64  `json:"-"` // in KiB, as the archive states it
}

// A Provider is a package that provides a virtual name, in Version or (empty)
// in no version at all.
type Provider struct {
	Record  Record
	Version string
}

// A Universe answers which packages exist. An index and a lock are universes.
type Universe interface {
	// Package returns the newest record of a real package.
	Package(name string) (Record, bool, error)
	// Providers returns the packages that provide a name, the preferred first:
	// by priority, then by name.
	Providers(name string) ([]Provider, error)
}

// priorityRank orders the Priority field; unknown values come last.
func priorityRank(priority string) int {
	switch priority {
	case "required":
		return 0
	case "important":
		return 1
	case "standard":
		return 2
	case "optional":
		return 3
	case "extra":
		return 4
	}
	return 5
}
