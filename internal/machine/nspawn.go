package machine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"berth.dev/internal/isolate"
)

// nspawnFlags are the flags of systemd-nspawn that berth understands in a
// container's extraFlags.
type nspawnFlags struct {
	binds        []isolate.Mount
	tmpfs        []string
	capabilities []string
	dropped      []string
	environment  []string
}

// knownFlags is for the message about an unknown one.
const knownFlags = "--bind, --bind-ro, --tmpfs, --capability, --drop-capability, --setenv"

// parseFlags reads extraFlags, which are split at blanks as on NixOS.
func parseFlags(given []string) (*nspawnFlags, error) {
	f := &nspawnFlags{}
	words := strings.Fields(strings.Join(given, " "))
	for len(words) > 0 {
		name, value, joined := strings.Cut(words[0], "=")
		words = words[1:]
		if !joined && len(words) > 0 {
			value, words = words[0], words[1:]
		}
		if err := f.add(name, value); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *nspawnFlags) add(name, value string) error {
	switch name {
	case "--bind", "--bind-ro":
		// The form SOURCE:TARGET:OPTIONS; the last two may be left out.
		source, rest, _ := strings.Cut(value, ":")
		target, _, _ := strings.Cut(rest, ":")
		if target == "" {
			target = source
		}
		optional := strings.HasPrefix(source, "-")
		m := bind(strings.TrimPrefix(source, "-"), strings.TrimPrefix(target, "-"), name == "--bind-ro")
		m.Optional = optional
		f.binds = append(f.binds, m)
	case "--tmpfs":
		f.tmpfs = append(f.tmpfs, value)
	case "--capability":
		f.capabilities = append(f.capabilities, strings.Split(value, ",")...)
	case "--drop-capability":
		f.dropped = append(f.dropped, strings.Split(value, ",")...)
	case "--setenv", "-E":
		f.environment = append(f.environment, value)
	default:
		return fmt.Errorf("extraFlags has %s, a flag of systemd-nspawn that berth has no equivalent of (it knows %s)", name, knownFlags)
	}
	return nil
}

func without(all, unwanted []string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return slices.Contains(unwanted, s) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
