package root

import "path"

// Vendor units that serve a computer with devices, a kernel of its own or a
// first boot. A root that is generated has nothing for them to do.
var alwaysMasked = []string{
	"dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount",
	"sys-kernel-tracing.mount", "sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount",
	"proc-sys-fs-binfmt_misc.mount", "systemd-binfmt.service",
	"systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket", "systemd-udevd-varlink.socket",
	"systemd-udev-trigger.service", "systemd-udev-settle.service", "systemd-udev-load-credentials.service", "systemd-hwdb-update.service",
	"systemd-modules-load.service", "kmod-static-nodes.service", "modprobe@.service",
	"systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup-dev-early.service",
	"systemd-remount-fs.service", "systemd-fsck-root.service", "systemd-machine-id-commit.service",
	"systemd-firstboot.service", "systemd-sysusers.service", "systemd-update-done.service", "ldconfig.service",
	"systemd-journal-catalog-update.service", "systemd-journal-flush.service", "systemd-journald-audit.socket",
	"systemd-random-seed.service", "systemd-pstore.service", "systemd-rfkill.service", "systemd-rfkill.socket",
	"systemd-initctl.service", "systemd-initctl.socket", "systemd-vconsole-setup.service",
	"systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
	"systemd-pcrmachine.service", "systemd-pcrphase.service", "systemd-pcrphase-sysinit.service", "systemd-pcrphase-initrd.service",
	"systemd-tpm2-setup.service", "systemd-tpm2-setup-early.service", "systemd-boot-update.service",
	"systemd-battery-check.service", "systemd-bsod.service", "systemd-hibernate-clear.service",
	"systemd-ask-password-console.path", "systemd-ask-password-wall.path",
	"systemd-sysctl.service", "systemd-network-generator.service", "systemd-mountfsd.socket", "systemd-nsresourced.socket",
	"run-lock.mount", "systemd-hostnamed.socket", "systemd-creds.socket", "systemd-bootctl.socket", "systemd-sysext.service", "systemd-sysext.socket", "systemd-confext.service",
	"systemd-pcrextend.socket", "systemd-pcrlock.socket", "systemd-timesyncd.service",
	"console-getty.service", "getty@.service", "container-getty@.service", "serial-getty@.service", "getty-static.service",
	"e2scrub_reap.service", "e2scrub_all.timer", "fstrim.timer",
}

// loginUnits serve sessions; a machine where nobody logs in does without.
var loginUnits = []string{
	"systemd-logind.service", "systemd-logind-varlink.socket", "user@.service", "user-runtime-dir@.service",
}

// busUnits are the system bus, which a session, a container engine's cgroup
// driver and some services need.
var busUnits = []string{"dbus.service", "dbus.socket", "dbus-org.freedesktop.login1.service"}

// masks lists the units that must not start in a system.
func (c *configuration) masks() []string {
	list := append([]string{}, alwaysMasked...)
	if !c.System.NeedsLogin {
		list = append(list, loginUnits...)
		if !c.System.NeedsControllers && !c.usesBus() {
			list = append(list, busUnits...)
		}
	}
	return append(list, c.System.MaskedUnits...)
}

// usesBus reports whether a declared unit needs the system bus.
func (c *configuration) usesBus() bool {
	for _, u := range c.System.Units {
		if service := u.Sections["Service"]; len(service["BusName"]) > 0 {
			return true
		}
		for _, key := range []string{"Requires", "Wants", "After", "BindsTo"} {
			for _, value := range u.Sections["Unit"][key] {
				if value == "dbus.service" || value == "dbus.socket" {
					return true
				}
			}
		}
	}
	return false
}

// mask links units to /dev/null, except what the description declares itself.
func (c *configuration) mask() error {
	for _, name := range c.masks() {
		link := path.Join("etc/systemd/system", name)
		if _, declared := c.System.Units[name]; declared || c.tree.has(link) {
			continue
		}
		if err := c.tree.link(link, "/dev/null"); err != nil {
			return err
		}
	}
	for _, generator := range c.facts.Units.Generators {
		if err := c.tree.link("etc/systemd/"+generator, "/dev/null"); err != nil {
			return err
		}
	}
	return nil
}
