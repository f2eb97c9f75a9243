// Package network connects systems to each other and filters what reaches
// them.
//
// In go the network and firewall parts of system descriptions and the network
// namespaces of processes that do not run anything yet; out come namespaces in
// which links, addresses, routes, settings and packet filter are complete.
// Everything is done from outside over netlink, so a system needs no tool of
// its own, sees its network from its first instruction on, and never runs
// without the firewall that it was described with.
//
// Bridges live in a [Switch], a namespace of berth's own, where the packet
// filter of the host does not see them. Nothing here is pinned to a file:
// namespaces, and with them links and rules, disappear with the last process
// or descriptor that uses them.
package network
