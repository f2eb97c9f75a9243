package network

import (
	"hash/fnv"
	"strconv"
)

// maxLinkName is how long the kernel lets the name of a link be.
const maxLinkName = 15

// OuterName is the name of the outer end of a container's pair: ve-<name>, or
// vb-<name> when it joins a bridge. A name that is too long is cut and made
// unique by a number that depends on all of it.
func OuterName(container string, bridged bool) string {
	if bridged {
		return linkName("vb-", container)
	}
	return linkName("ve-", container)
}

func linkName(prefix, name string) string {
	if len(prefix)+len(name) <= maxLinkName {
		return prefix + name
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	suffix := "-" + strconv.FormatUint(uint64(h.Sum32()%(36*36*36*36)), 36)
	return prefix + name[:maxLinkName-len(prefix)-len(suffix)] + suffix
}
