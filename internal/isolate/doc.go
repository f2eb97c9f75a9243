// Package isolate starts processes that see a system of their own: their own
// root file system, process numbers, network, host name and limits.
//
// In goes a [Spec], written in the terms of the OCI runtime specification; out
// comes a running [Process]. The caller says everything: nothing is read from
// the environment, and no mount, namespace or limit is implied. What a build,
// a machine or a container needs is put together by the packages that own
// those words, from the pieces here ([StandardMounts], [MachineCapabilities],
// [DefaultSeccomp], [NewCgroup]).
//
// Starting happens in two halves. [Start] clones a child that executes this
// program again as the stage "__isolate"; the child waits in its new
// namespaces while the parent puts it into its cgroup, writes its id maps and
// runs [Spec.Prepare]. Then the parent sends the specification through a pipe,
// the child builds what was asked for and executes the command. So nothing of
// the command ever runs before its cgroup, network and firewall are in place.
package isolate
