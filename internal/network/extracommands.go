package network

import (
	"fmt"
	"strings"

	"berth.dev/internal/description"
)

// undecided marks packets that went through all of the configuration's own
// iptables rules without being accepted; berth's rules decide about them.
const undecided = 0x08000000

// ExtraCommands returns shell scripts that run the extraCommands of a firewall
// inside the system and take them back; empty when there are none.
//
// The commands find the chains that NixOS has: nixos-fw for rules of their own,
// nixos-fw-accept and nixos-fw-refuse to jump to. A packet that they accept is
// let in, whatever berth's rules say, and every other one is left to those.
// Until the script has ended, and when it fails, nothing more is let in than
// without it.
func ExtraCommands(f *description.Firewall) (start, stop string) {
	if !f.Enable || f.ExtraCommands == "" {
		return "", ""
	}
	mark := fmt.Sprintf("%#x/%#x", undecided, undecided)
	start = strings.Join([]string{
		"set -e",
		bothFamilies,
		"for chain in nixos-fw nixos-fw-accept nixos-fw-refuse nixos-fw-log-refuse; do ip46tables -N $chain; done",
		"ip46tables -A nixos-fw-accept -j ACCEPT",
		"ip46tables -A nixos-fw-refuse -j DROP",
		"ip46tables -A nixos-fw-log-refuse -j nixos-fw-refuse",
		f.ExtraCommands,
		"ip46tables -A INPUT -j nixos-fw",
		"ip46tables -A INPUT -j MARK --set-xmark " + mark,
		fmt.Sprintf("nft insert rule inet %s input meta mark and %#x == 0 accept comment extraCommands", tableName, undecided),
	}, "\n") + "\n"
	stop = strings.Join([]string{
		bothFamilies,
		fmt.Sprintf("handle=$(nft -a list chain inet %s input | sed -n 's/.*extraCommands.*# handle //p')", tableName),
		fmt.Sprintf("test -z \"$handle\" || nft delete rule inet %s input handle $handle", tableName),
		f.ExtraStopCommands,
		"ip46tables -D INPUT -j nixos-fw",
		"ip46tables -D INPUT -j MARK --set-xmark " + mark,
		"for chain in nixos-fw nixos-fw-accept nixos-fw-refuse nixos-fw-log-refuse; do ip46tables -F $chain; done",
		"for chain in nixos-fw nixos-fw-log-refuse nixos-fw-accept nixos-fw-refuse; do ip46tables -X $chain; done",
		"true",
	}, "\n") + "\n"
	return start, stop
}

// bothFamilies defines the command that NixOS configurations use for rules
// that do not depend on the family.
const bothFamilies = `ip46tables() { iptables -w "$@"; ip6tables -w "$@"; }`
