package machine

import (
	"maps"
	"slices"

	"berth.dev/internal/description"
)

// AgentUnit is the name of the unit that runs berth's agent.
const AgentUnit = "berth-agent.service"

// programInside is where berth's own program is shown in machines.
const programInside = "/run/berth/berth"

// Furnish returns the description with what berth needs inside a machine: the
// agent's unit, and masks for vendor units that have no work there.
func Furnish(system *description.System) *description.System {
	furnished := *system
	furnished.Units = maps.Clone(system.Units)
	if furnished.Units == nil {
		furnished.Units = map[string]description.Unit{}
	}
	if _, ok := furnished.Units[AgentUnit]; !ok {
		furnished.Units[AgentUnit] = agentUnit()
	}
	masks := slices.DeleteFunc(MaskedUnits(system), func(name string) bool {
		_, own := system.Units[name]
		return own
	})
	furnished.MaskedUnits = slices.Compact(slices.Sorted(slices.Values(slices.Concat(system.MaskedUnits, masks))))
	return &furnished
}

// agentUnit starts as early as anything: it needs only /run. At the end it
// takes the commands that it started with it.
func agentUnit() description.Unit {
	return description.Unit{
		Sections: map[string]map[string][]string{
			"Unit": {
				"Description":         {"berth agent"},
				"DefaultDependencies": {"no"},
				"Conflicts":           {"shutdown.target"},
				"Before":              {"sysinit.target shutdown.target"},
				"IgnoreOnIsolate":     {"yes"},
			},
			"Service": {
				"Type":      {"exec"},
				"ExecStart": {programInside + " __agent " + sharedDirectory},
				"Delegate":  {"yes"},
				"KillMode":  {"mixed"},
				// Commands may do what root may.
				"LimitCORE":      {"infinity"},
				"TimeoutStopSec": {"2s"},
				"Restart":        {"on-failure"},
				"StandardOutput": {"null"},
				"StandardError":  {"journal"},
			},
		},
		WantedBy: []string{"sysinit.target"},
	}
}

// MaskedUnits are the vendor units that a system in a machine does without:
// those that look after a kernel, devices or a clock, which are the host's.
// Logins and the message bus stay when the description needs them.
func MaskedUnits(system *description.System) []string {
	masked := []string{
		"systemd-update-utmp.service", "systemd-update-utmp-runlevel.service",
		"systemd-tmpfiles-setup-dev.service", "systemd-tmpfiles-setup-dev-early.service",
		"dev-hugepages.mount", "dev-mqueue.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
		"sys-kernel-config.mount", "sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount",
		"proc-sys-fs-binfmt_misc.mount", "systemd-binfmt.service",
		"systemd-initctl.socket", "systemd-sysctl.service", "systemd-remount-fs.service",
		"systemd-journal-flush.service", "systemd-journald-audit.socket", "systemd-journal-catalog-update.service",
		"systemd-udevd.service", "systemd-udevd-control.socket", "systemd-udevd-kernel.socket",
		"systemd-udev-trigger.service", "systemd-udev-settle.service", "systemd-hwdb-update.service",
		"systemd-modules-load.service", "systemd-random-seed.service", "systemd-boot-random-seed.service",
		"systemd-pstore.service", "systemd-firstboot.service", "systemd-machine-id-commit.service",
		"systemd-update-done.service", "systemd-pcrphase.service", "systemd-pcrphase-sysinit.service",
		"systemd-tpm2-setup.service", "systemd-tpm2-setup-early.service", "systemd-pcrmachine.service",
		"systemd-pcrextend.socket", "systemd-sysext.socket", "systemd-creds.socket",
		"systemd-bootctl.socket", "systemd-hostnamed.socket", "systemd-mountfsd.socket",
		"systemd-network-generator.service", "systemd-networkd-persistent-storage.service",
		"systemd-timesyncd.service", "systemd-networkd.service", "systemd-networkd-wait-online.service",
		"systemd-ask-password-console.path", "systemd-ask-password-wall.path",
		"e2scrub_reap.service", "e2scrub_all.timer", "fstrim.timer", "systemd-tmpfiles-clean.timer",
		"getty-static.service", "getty@tty1.service", "console-getty.service", "getty.target",
		"apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "man-db.timer", "motd-news.timer",
		"systemd-sysusers.service", "ldconfig.service", "first-boot-complete.target",
		"networking.service", "rc-local.service", "nftables.service", "hwclock.service",
	}
	if !system.NeedsLogin {
		masked = append(masked, "systemd-logind.service", "systemd-logind-varlink.socket", "dbus.service", "dbus.socket",
			"dbus-org.freedesktop.login1.service", "systemd-user-sessions.service",
			"systemd-userdbd.socket", "systemd-userdbd.service")
	}
	return masked
}
