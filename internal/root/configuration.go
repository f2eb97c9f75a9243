package root

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"berth.dev/internal/description"
)

// configurationFacts is kept beside a configuration layer.
type configurationFacts struct {
	IDs      *IDs     `json:"ids"`
	Warnings []string `json:"warnings,omitempty"`
}

// A configuration is the layer of a description being written.
type configuration struct {
	*assembly
	tree     *tree
	facts    packageFacts
	accounts *accounts
	warnings []string
}

// configurationLayer returns the layer that a description asks for.
func (a *assembly) configurationLayer(packages *layer[packageFacts], lowers []string) (*layer[configurationFacts], error) {
	before, err := readIDs(a.IDFile)
	if err != nil {
		return nil, err
	}
	key := keyOf(layerRules, "configuration", packages.key, a.System, before, a.MachineID, a.LeaveOwners)
	l, err := cachedLayer(&a.Config, key, func(t *tree) (configurationFacts, error) {
		c := configuration{assembly: a, tree: t, facts: packages.result}
		err := c.write(before)
		if err != nil {
			return configurationFacts{}, err
		}
		return configurationFacts{c.accounts.ids, c.warnings}, nil
	})
	if err != nil {
		return nil, err
	}
	if a.IDFile != "" {
		a.remember(key, keyOf(layerRules, "configuration", packages.key, a.System, l.result.IDs, a.MachineID, a.LeaveOwners))
	}
	return l, l.result.IDs.write(a.IDFile)
}

// remember lets the next assembly, which finds the numbers given out by this
// one, find its layer too: it would be the same. Failing costs only time.
func (a *assembly) remember(key, next string) {
	if key != next {
		_ = os.Symlink(key, filepath.Join(a.CacheDir, next))
	}
}

func (c *configuration) write(before *IDs) (err error) {
	c.accounts, err = mergeAccounts(c.System, &c.facts.Accounts, before, c.password)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return c.accounts.write(c.tree, c.System.Users) },
		c.owned, c.homes, c.identity, c.names, c.units, c.etc,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// owned makes what packages need to belong to an account.
func (c *configuration) owned() error {
	for _, f := range c.facts.Owned {
		who, err := c.accounts.owner(f.User, f.Group)
		if err != nil {
			return fmt.Errorf("/%s: %w", clean(f.Path), err)
		}
		switch {
		case f.Copy != "":
			err = c.tree.copyFile(f.Path, f.Copy, parseMode(f.Mode, 0o755), who)
		case f.Text != "":
			err = c.tree.file(f.Path, f.Text, parseMode(f.Mode, 0o644), who)
		default:
			err = c.tree.directory(f.Path, parseMode(f.Mode, 0o755), who)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// homes makes what an account has besides its line in passwd.
func (c *configuration) homes() error {
	rules := ""
	for _, u := range c.accounts.users {
		d, declared := c.System.Users[u.Name]
		if !declared {
			continue
		}
		if d.CreateHome && u.Home != "/var/empty" && u.Home != noHome {
			mode := parseMode(d.HomeMode, 0o700)
			if err := c.tree.directory(u.Home, mode, owner{int(u.uid), int(u.gid)}); err != nil {
				return fmt.Errorf("user %s: %w", u.Name, err)
			}
			rules += fmt.Sprintf("d %q %04o %d %d -\n", u.Home, mode.Perm(), u.uid, u.gid)
		}
		if err := c.extras(u.Name, d); err != nil {
			return fmt.Errorf("user %s: %w", u.Name, err)
		}
	}
	if rules == "" {
		return nil
	}
	return c.tree.file("etc/tmpfiles.d/berth-homes.conf", rules, 0o444, owner{})
}

func (c *configuration) extras(name string, d description.User) error {
	if len(d.AuthorizedKeys) > 0 {
		text := strings.Join(d.AuthorizedKeys, "\n") + "\n"
		if err := c.tree.file("etc/ssh/authorized_keys.d/"+name, text, 0o444, owner{}); err != nil {
			return err
		}
	}
	if d.Packages != "" {
		if err := c.tree.link("etc/profiles/per-user/"+name, d.Packages); err != nil {
			return err
		}
	}
	if d.Linger != nil && *d.Linger {
		return c.tree.file("var/lib/systemd/linger/"+name, "", 0o644, owner{})
	}
	return nil
}

// identity writes the machine's id, and that its root is up to date.
func (c *configuration) identity() error {
	id := c.MachineID
	if id == "" {
		id = keyOf("machine", c.System.Name)
	}
	if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
		return fmt.Errorf("machine id %q is not 32 hexadecimal digits", id)
	}
	if err := c.tree.file("etc/machine-id", id+"\n", 0o444, owner{}); err != nil {
		return err
	}
	const updated = "# The root was generated; nothing needs an update at boot.\nTIMESTAMP_NSEC=4102444800000000000\n"
	for _, name := range []string{"etc/.updated", "var/.updated"} {
		if err := c.tree.file(name, updated, 0o644, owner{}); err != nil {
			return err
		}
	}
	var shells []string
	for _, u := range c.System.Users {
		if u.Shell != "" && u.Shell != noShell {
			shells = append(shells, u.Shell)
		}
	}
	slices.Sort(shells)
	text := c.facts.Shells + strings.Join(append(slices.Compact(shells), ""), "\n")
	return c.tree.file("etc/shells", text, 0o644, owner{})
}

// units writes everything below /etc/systemd.
func (c *configuration) units() error {
	system, users, err := c.vendorUnits()
	if err != nil {
		return err
	}
	sets := []unitSet{
		{"etc/systemd/system", systemUnits, c.System.Units, system, c.System.GlobalEnvironment},
		{"etc/systemd/user", userUnits, c.System.UserUnits, users, nil},
	}
	for _, s := range sets {
		if err := s.write(c.tree); err != nil {
			return err
		}
	}
	if err := c.mask(); err != nil {
		return err
	}
	unit := orElse(c.System.DefaultUnit, "multi-user.target")
	if !isUnitName(unit) {
		return fmt.Errorf("default unit %q is not the name of a unit", unit)
	}
	target := unit
	if _, own := c.System.Units[unit]; !own {
		target = "/" + path.Join(systemUnits, unit)
	}
	if c.tree.has("etc/systemd/system/default.target") {
		return nil
	}
	return c.tree.link("etc/systemd/system/default.target", target)
}

// etc writes the declared files last, so that they win.
func (c *configuration) etc() error {
	for name, f := range c.System.Etc {
		if !fs.ValidPath(name) || name == "." {
			return fmt.Errorf("/etc/%s is not a path below /etc", name)
		}
		if err := c.etcFile(path.Join("etc", name), f); err != nil {
			return err
		}
	}
	return nil
}

func (c *configuration) etcFile(name string, f description.EtcFile) error {
	linked := f.Mode == "" || f.Mode == "symlink" || f.Mode == "direct-symlink"
	if linked && f.Text == nil {
		return c.tree.link(name, f.Source)
	}
	text := ""
	if f.Text != nil {
		text = *f.Text
	} else {
		var err error
		if text, err = c.readInside(f.Source); err != nil {
			return fmt.Errorf("/%s: %w", name, err)
		}
	}
	if linked {
		return c.tree.file(name, text, 0o444, owner{})
	}
	who, err := c.accounts.owner(f.User, f.Group)
	if err != nil {
		return fmt.Errorf("/%s: %w", name, err)
	}
	return c.tree.file(name, text, parseMode(f.Mode, 0o444), who)
}

// readInside reads a file that the description names: one of the store or one
// that the description itself puts below /etc.
func (c *configuration) readInside(name string) (string, error) {
	if below, ok := strings.CutPrefix(name, "/etc/"); ok {
		if f, ok := c.System.Etc[below]; ok && f.Text != nil {
			return *f.Text, nil
		}
	}
	physical, ok := c.follow(name)
	if !ok {
		v, err := c.view()
		if err != nil {
			return "", err
		}
		// Files of Debian's packages are reached through links into the root.
		if physical, ok = v.resolve(physical, maxLinks); !ok {
			return "", fmt.Errorf("read %s: it is neither in the store, nor in a package, nor a declared file of /etc", name)
		}
	}
	text, err := os.ReadFile(physical)
	return string(text), err
}

// parseMode reads an octal mode; anything else is the fallback.
func parseMode(text string, fallback fs.FileMode) fs.FileMode {
	n, err := strconv.ParseUint(text, 8, 12)
	if err != nil || text == "" {
		return fallback
	}
	return unixMode(uint32(n))
}
