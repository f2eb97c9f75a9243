// Package root generates what a system's root needs besides its packages.
//
// In come the part directories of a closure (see internal/debian) and a system
// description. Out comes a [Root]: a stack of read-only directories, topmost
// first, that an overlay mount turns into a bootable root:
//
//	configuration  accounts, /etc, units: generated from the description
//	packages       what maintainer scripts would have made: links, alternatives,
//	               certificates, set-id copies, caches; for a set of parts
//	byte code      compiled Python modules; for a set of parts with Python
//	parts          one tree per package, or one flattened tree of very many
//
// Generated layers are kept in a cache under a key of everything they were made
// from, so that assembling the same root again reads a few small files.
// Commands that a layer needs (ldconfig, a Python compiler, initdb) run in a
// sandbox over the parts themselves, without network.
//
// Knowledge about single packages is data: recipes.json.
//
// What is left to others: mounting and booting (isolate, machine), the address
// plan and the firewall (network), and which parts belong to a system (store).
package root
