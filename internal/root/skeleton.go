package root

import "io/fs"

// mergedDirectories are the top directories whose content is below /usr.
var mergedDirectories = []string{"bin", "sbin", "lib", "lib32", "lib64", "libx32"}

// skeletonDirectory is a directory that every root has, whatever its parts.
type skeletonDirectory struct {
	name string
	mode fs.FileMode
	gid  int
}

// Group ids that Debian has fixed for ever (base-passwd).
const (
	gidMail   = 8
	gidShadow = 42
	gidStaff  = 50
)

func skeletonDirectories() []skeletonDirectory {
	list := []skeletonDirectory{
		{"root", 0o700, 0}, {"tmp", 0o777 | fs.ModeSticky, 0}, {"var/tmp", 0o777 | fs.ModeSticky, 0},
		{"var/mail", 0o775 | fs.ModeSetgid, gidMail}, {"var/local", 0o775 | fs.ModeSetgid, gidStaff},
		{"proc", 0o555, 0}, {"sys", 0o555, 0},
	}
	for _, name := range []string{
		"boot", "dev", "etc", "etc/opt", "home", "media", "mnt", "nix", "nix/store", "opt", "run", "srv",
		"usr", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "usr/local", "usr/local/bin", "usr/local/sbin", "usr/local/lib",
		"usr/local/share", "usr/local/include", "usr/local/etc", "usr/local/games", "usr/local/src",
		"var", "var/backups", "var/cache", "var/empty", "var/lib", "var/lib/misc", "var/log", "var/opt", "var/spool",
		"etc/profile.d", "etc/default",
	} {
		list = append(list, skeletonDirectory{name, 0o755, 0})
	}
	return list
}

// skeleton makes the directories and links that Debian's base packages expect
// somebody to have made.
func (t *tree) skeleton() error {
	for _, d := range skeletonDirectories() {
		if err := t.directory(d.name, d.mode, owner{0, d.gid}); err != nil {
			return err
		}
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := t.link(name, "usr/"+name); err != nil {
			return err
		}
	}
	links := map[string]string{
		"var/run": "/run", "var/lock": "/run/lock", "var/spool/mail": "../mail",
		"etc/mtab": "../proc/self/mounts",
	}
	for name, target := range links {
		if err := t.link(name, target); err != nil {
			return err
		}
	}
	return nil
}
