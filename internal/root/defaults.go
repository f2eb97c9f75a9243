package root

import (
	"fmt"
	"slices"
	"strings"
)

// defaults writes the files below /etc that maintainer scripts make from
// templates. The description's own files go above them.
func (t *tree) defaults(v *view) error {
	texts := map[string]string{
		"etc/nsswitch.conf":  nsswitch,
		"etc/fstab":          "",
		"etc/environment":    "",
		"etc/locale.conf":    "LANG=C.UTF-8\n",
		"etc/default/locale": "LANG=C.UTF-8\n",
		"etc/timezone":       "Etc/UTC\n",
		"etc/shells":         shells(v),
	}
	for name, template := range map[string]string{
		"etc/profile":   "usr/share/base-files/profile",
		"root/.profile": "usr/share/base-files/dot.profile",
		"root/.bashrc":  "usr/share/base-files/dot.bashrc",
		"etc/motd":      "usr/share/base-files/motd",
		"etc/inputrc":   "usr/share/readline/inputrc",
		"etc/rpc":       "usr/share/libtirpc/rpc",
	} {
		if text, ok := v.read(template); ok {
			texts[name] = text
		}
	}
	for name, text := range texts {
		if _, shipped := v.find(name); shipped {
			continue
		}
		if err := t.file(name, text, 0o644, owner{}); err != nil {
			return err
		}
	}
	if v.exists("usr/share/zoneinfo/Etc/UTC") {
		if err := t.link("etc/localtime", "/usr/share/zoneinfo/Etc/UTC"); err != nil {
			return err
		}
	}
	return t.pam(v)
}

const nsswitch = `passwd: files systemd
group: files [SUCCESS=merge] systemd
shadow: files systemd
gshadow: files systemd
hosts: files myhostname dns
networks: files
protocols: files
services: files
ethers: files
rpc: files
`

// shells lists the login shells of the packages.
func shells(v *view) string {
	list := []string{"/bin/sh", "/usr/bin/sh"}
	for _, m := range v.glob("usr/share/debianutils/shells.d/*") {
		if text, ok := v.read(m.name); ok {
			list = append(list, strings.Fields(text)...)
		}
	}
	slices.Sort(list)
	return "# Login shells.\n" + strings.Join(slices.Compact(list), "\n") + "\n"
}

// pamCommon are the rules that packages' PAM services include, as
// pam-auth-update makes them for local accounts alone.
var pamCommon = map[string][]string{
	"common-auth": {
		"auth [success=1 default=ignore] pam_unix.so nullok",
		"auth requisite pam_deny.so",
		"auth required pam_permit.so",
	},
	"common-account": {
		"account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so",
		"account requisite pam_deny.so",
		"account required pam_permit.so",
	},
	"common-password": {
		"password [success=1 default=ignore] pam_unix.so obscure yescrypt",
		"password requisite pam_deny.so",
		"password required pam_permit.so",
	},
	"common-session": {
		"session [default=1] pam_permit.so",
		"session requisite pam_deny.so",
		"session required pam_permit.so",
		"session required pam_unix.so",
	},
}

func (t *tree) pam(v *view) error {
	if !v.has("libpam-runtime") {
		return nil
	}
	files := map[string][]string{"common-session-noninteractive": pamCommon["common-session"]}
	for name, lines := range pamCommon {
		files[name] = lines
	}
	if v.has("libpam-systemd") {
		files["common-session"] = append(slices.Clone(files["common-session"]), "session optional pam_systemd.so")
	}
	for name, lines := range files {
		if err := t.file("etc/pam.d/"+name, strings.Join(lines, "\n")+"\n", 0o644, owner{}); err != nil {
			return fmt.Errorf("set up PAM: %w", err)
		}
	}
	return nil
}
