package kept

import (
	"net"
	"os"
	"strings"
)

// notifyManager tells the host's service manager about this process, as
// sd_notify(3) does; without one it does nothing.
func notifyManager(text string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	if name, abstract := strings.CutPrefix(socket, "@"); abstract {
		socket = "\x00" + name
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return
	}
	defer c.Close()
	c.Write([]byte(text))
}
