// Package machine boots systems and runs commands in them.
//
// In go system descriptions and the directories that their roots consist of;
// out come running machines: a real systemd as the first process of its own
// namespaces, on an overlay of read-only directories, with the network and
// firewall of its description in place before it executes. A [Group] holds the
// machines that belong together, such as those of one test, and the networks
// between them.
//
// Nothing enters a machine from outside once it runs. Commands go to an agent
// that systemd starts inside as one of the first services: requests over a
// socket in a directory that host and machine share, with the command's
// standard files passed as descriptors. Readiness arrives as an event on
// another socket there.
//
// The same code runs inside machines for native containers: the unit
// container@NAME.service executes "berth __container-run NAME", see
// [ContainerLaunch].
//
// A machine ends with the process that started it, however that ends. What a
// dead process leaves behind (cgroups, directories) is removed by a small
// child, the reaper, that outlives it for that purpose, or at the next start.
package machine
