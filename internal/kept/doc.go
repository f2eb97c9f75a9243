// Package kept runs machines that stay: they outlive the command that started
// them, and their state outlives them.
//
// In comes a [Launch], everything that one machine boots from, already
// realised and assembled. Out comes a machine under the care of a supervisor,
// a process of its own ("berth __supervise DIRECTORY", a unit on hosts with
// systemd) that holds the machine's group, passes its ports on, writes its log
// and answers on a socket. All other commands are clients of that socket, or
// of the agent inside the machine.
//
// A machine's directory below [Yard.Dir] holds its launch, its state (/var,
// /home, /root, /srv and what was changed elsewhere), its machine id, and the
// numbers of its accounts. A machine that is taken down keeps it; an ephemeral
// one does not, however it ends.
//
// A changed configuration is compared with the one that runs by package diff.
// What can be applied in the running machine is, see [Yard.Apply]; the rest
// takes a new boot.
//
// What is left to others: evaluation and building (cli), the roots of machines
// (deploy, root), booting and links (machine).
package kept
