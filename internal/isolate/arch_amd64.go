package isolate

import "golang.org/x/sys/unix"

const auditArchitecture = unix.AUDIT_ARCH_X86_64

// x32Bit marks calls of the x32 interface, which shares the architecture.
const x32Bit = 0x40000000

// foreignCalls refuses x32 numbers, which would slip past rules by name.
func foreignCalls() []unix.SockFilter {
	return []unix.SockFilter{
		jumpIf(unix.BPF_JGE, x32Bit, 0, 1),
		answer(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)),
	}
}
