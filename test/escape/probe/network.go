package main

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// switchLinks asks for the links of the namespaces that the machine's cables
// lead to, by the numbers that the machine has for them.
func switchLinks() (string, error) {
	if _, err := links(nil); err != nil { // gives the namespaces numbers
		return "", err
	}
	failed := errors.New("no cable leads anywhere")
	for id := range uint32(4) {
		there, err := links(&id)
		if err == nil && len(there) > 0 {
			return fmt.Sprintf("%d links of network namespace %d", len(there), id), nil
		}
		failed = errors.Join(failed, err)
	}
	return "", failed
}

// links lists those of this namespace or of another one.
func links(id *uint32) ([][]byte, error) {
	request := nl.NewNetlinkRequest(unix.RTM_GETLINK, unix.NLM_F_DUMP)
	request.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	if id != nil {
		request.AddData(nl.NewRtAttr(unix.IFLA_TARGET_NETNSID, nl.Uint32Attr(*id)))
	}
	return request.Execute(unix.NETLINK_ROUTE, unix.RTM_NEWLINK)
}
