package machine

import (
	"crypto/sha256"
	"fmt"
)

// hardwareAddress is the address of a machine's link that the description
// gives none. It is the same at every boot: other machines remember it, and
// would go on sending to the old one.
func hardwareAddress(machine, link string) string {
	sum := sha256.Sum256([]byte(machine + "\x00" + link))
	// Locally administered, one receiver.
	return fmt.Sprintf("02:%02x:%02x:%02x:%02x:%02x", sum[0], sum[1], sum[2], sum[3], sum[4])
}
