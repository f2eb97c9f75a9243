package root

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"berth.dev/internal/description"
)

const (
	systemUnits = "usr/lib/systemd/system"
	userUnits   = "usr/lib/systemd/user"
)

// basePackages are the packages whose units belong to the service manager
// itself and are always there.
var basePackages = []string{
	"systemd", "systemd-sysv", "systemd-container", "systemd-resolved", "systemd-timesyncd", "udev", "libpam-systemd",
	"dbus", "dbus-daemon", "dbus-system-bus-common", "dbus-session-bus-common", "dbus-user-session",
}

// shippedUnits lists the units of the parts: those of the service manager and
// those of all other packages, by directory and name.
type shippedUnits struct {
	Base       map[string]string `json:"base"`  // path -> package
	Other      map[string]string `json:"other"` // path -> package
	Generators []string          `json:"generators"`
}

func findShippedUnits(v *view) shippedUnits {
	s := shippedUnits{Base: map[string]string{}, Other: map[string]string{}}
	for _, dir := range []string{systemUnits, userUnits} {
		for _, m := range slices.Concat(v.glob(dir+"/*"), v.glob(dir+"/*.wants/*"), v.glob(dir+"/*.requires/*")) {
			if info, err := os.Lstat(m.physical); err != nil || info.IsDir() {
				continue
			}
			if slices.Contains(basePackages, m.pkg) {
				s.Base[m.name] = m.pkg
			} else {
				s.Other[m.name] = m.pkg
			}
		}
	}
	for _, dir := range []string{"system-generators", "user-generators"} {
		for _, m := range v.glob("usr/lib/systemd/" + dir + "/*") {
			s.Generators = append(s.Generators, dir+"/"+path.Base(m.name))
		}
	}
	return s
}

// vendorUnits decides which shipped units a description lets be seen and hides
// the others, so that what was not asked for does not exist. It returns what
// is available: unit name to link target, for the system and for users.
func (c *configuration) vendorUnits() (system, users map[string]string, err error) {
	system, users = map[string]string{}, map[string]string{}
	shown := map[string]bool{}
	for name := range c.facts.Units.Base {
		shown[name] = true
	}
	for _, p := range c.System.UnitPackages {
		if err := c.unitPackage(p, shown, system, users); err != nil {
			return nil, nil, err
		}
	}
	c.showNamed(shown)
	for name := range shown {
		switch {
		case path.Dir(name) == systemUnits:
			system[path.Base(name)] = "/" + name
		case path.Dir(name) == userUnits:
			users[path.Base(name)] = "/" + name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.facts.Units.Other)) {
		if shown[name] || shown[path.Join(path.Dir(path.Dir(name)), path.Base(name))] {
			continue
		}
		if err := c.tree.hide(name); err != nil {
			return nil, nil, err
		}
	}
	return system, users, nil
}

// showNamed shows the shipped units that the description extends or enables
// by name without giving a text of its own.
func (c *configuration) showNamed(shown map[string]bool) {
	for dir, units := range map[string]map[string]description.Unit{systemUnits: c.System.Units, userUnits: c.System.UserUnits} {
		for name, u := range units {
			empty := u.Text == "" && len(u.Sections) == 0
			full := path.Join(dir, templateOf(name))
			if _, shipped := c.facts.Units.Other[full]; shipped && !u.Disabled && (empty || u.OverrideStrategy == "asDropin") {
				shown[full] = true
			}
		}
	}
}

// mainPartsFile lists the parts that a package of Debian stands for, one store
// path per line.
const mainPartsFile = "nix-support/main-parts"

// unitPackage makes the units of a package available: those of the parts it
// stands for, and those that are files of its own.
func (c *configuration) unitPackage(storePath string, shown map[string]bool, system, users map[string]string) error {
	if file, ok := c.follow(path.Join(storePath, mainPartsFile)); ok {
		list, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("unit package %s: %w", storePath, err)
		}
		for p := range strings.FieldsSeq(string(list)) {
			c.showPart(p, shown)
		}
	}
	for _, kind := range []string{"system", "user"} {
		for _, dir := range []string{"lib/systemd/", "etc/systemd/", "share/systemd/"} {
			place := path.Join(storePath, dir+kind)
			for _, e := range c.readDir(place) {
				if err := c.unitFile(path.Join(place, e.Name()), kind, e, shown, system, users); err != nil {
					return fmt.Errorf("unit package %s: %w", storePath, err)
				}
			}
		}
	}
	return nil
}

// showPart shows the units of one part.
func (c *configuration) showPart(storePath string, shown map[string]bool) {
	for _, dir := range []string{systemUnits, userUnits} {
		for _, e := range c.readDir(path.Join(storePath, "root", dir)) {
			if !e.IsDir() {
				shown[path.Join(dir, e.Name())] = true
			}
		}
	}
}

func (c *configuration) unitFile(place, kind string, e fs.DirEntry, shown map[string]bool, system, users map[string]string) error {
	name := path.Base(place)
	etc := path.Join("etc/systemd", kind, name)
	if e.IsDir() { // drop-ins, wants and requires of the package's own
		for _, f := range c.readDir(place) {
			if err := c.tree.link(path.Join(etc, f.Name()), path.Join(place, f.Name())); err != nil {
				return err
			}
		}
		return nil
	}
	if _, inStore := c.follow(place); !inStore {
		// A link into the root's /usr shows the shipped unit of that name.
		shown[path.Join("usr/lib/systemd", kind, name)] = true
		return nil
	}
	if kind == "user" {
		users[name] = place
	} else {
		system[name] = place
	}
	return c.tree.link(etc, place)
}

// hide makes a path of a lower layer vanish by a whiteout, or where that is
// not permitted covers it: an empty unit is a masked one.
func (t *tree) hide(name string) error {
	name = clean(name)
	if err := t.makeWay(name); err != nil {
		return err
	}
	dir, err := t.root.Open(filepath.Dir(name))
	if err != nil {
		return fmt.Errorf("hide /%s: %w", name, err)
	}
	defer dir.Close()
	const overlayWhiteout = 0 // device number 0/0
	if unix.Mknodat(int(dir.Fd()), path.Base(name), unix.S_IFCHR, overlayWhiteout) == nil {
		return nil
	}
	return t.link(name, "/dev/null")
}
