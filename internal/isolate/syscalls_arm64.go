// Code generated from the constants of golang.org/x/sys/unix; DO NOT EDIT.

package isolate

import "golang.org/x/sys/unix"

// syscallNumber returns the number of a system call.
func syscallNumber(name string) (number uint32, ok bool) {
	switch name {
	case "io_setup":
		return unix.SYS_IO_SETUP, true
	case "io_destroy":
		return unix.SYS_IO_DESTROY, true
	case "io_submit":
		return unix.SYS_IO_SUBMIT, true
	case "io_cancel":
		return unix.SYS_IO_CANCEL, true
	case "io_getevents":
		return unix.SYS_IO_GETEVENTS, true
	case "setxattr":
		return unix.SYS_SETXATTR, true
	case "lsetxattr":
		return unix.SYS_LSETXATTR, true
	case "fsetxattr":
		return unix.SYS_FSETXATTR, true
	case "getxattr":
		return unix.SYS_GETXATTR, true
	case "lgetxattr":
		return unix.SYS_LGETXATTR, true
	case "fgetxattr":
		return unix.SYS_FGETXATTR, true
	case "listxattr":
		return unix.SYS_LISTXATTR, true
	case "llistxattr":
		return unix.SYS_LLISTXATTR, true
	case "flistxattr":
		return unix.SYS_FLISTXATTR, true
	case "removexattr":
		return unix.SYS_REMOVEXATTR, true
	case "lremovexattr":
		return unix.SYS_LREMOVEXATTR, true
	case "fremovexattr":
		return unix.SYS_FREMOVEXATTR, true
	case "getcwd":
		return unix.SYS_GETCWD, true
	case "lookup_dcookie":
		return unix.SYS_LOOKUP_DCOOKIE, true
	case "eventfd2":
		return unix.SYS_EVENTFD2, true
	case "epoll_create1":
		return unix.SYS_EPOLL_CREATE1, true
	case "epoll_ctl":
		return unix.SYS_EPOLL_CTL, true
	case "epoll_pwait":
		return unix.SYS_EPOLL_PWAIT, true
	case "dup":
		return unix.SYS_DUP, true
	case "dup3":
		return unix.SYS_DUP3, true
	case "fcntl":
		return unix.SYS_FCNTL, true
	case "inotify_init1":
		return unix.SYS_INOTIFY_INIT1, true
	case "inotify_add_watch":
		return unix.SYS_INOTIFY_ADD_WATCH, true
	case "inotify_rm_watch":
		return unix.SYS_INOTIFY_RM_WATCH, true
	case "ioctl":
		return unix.SYS_IOCTL, true
	case "ioprio_set":
		return unix.SYS_IOPRIO_SET, true
	case "ioprio_get":
		return unix.SYS_IOPRIO_GET, true
	case "flock":
		return unix.SYS_FLOCK, true
	case "mknodat":
		return unix.SYS_MKNODAT, true
	case "mkdirat":
		return unix.SYS_MKDIRAT, true
	case "unlinkat":
		return unix.SYS_UNLINKAT, true
	case "symlinkat":
		return unix.SYS_SYMLINKAT, true
	case "linkat":
		return unix.SYS_LINKAT, true
	case "renameat":
		return unix.SYS_RENAMEAT, true
	case "umount2":
		return unix.SYS_UMOUNT2, true
	case "mount":
		return unix.SYS_MOUNT, true
	case "pivot_root":
		return unix.SYS_PIVOT_ROOT, true
	case "nfsservctl":
		return unix.SYS_NFSSERVCTL, true
	case "statfs":
		return unix.SYS_STATFS, true
	case "fstatfs":
		return unix.SYS_FSTATFS, true
	case "truncate":
		return unix.SYS_TRUNCATE, true
	case "ftruncate":
		return unix.SYS_FTRUNCATE, true
	case "fallocate":
		return unix.SYS_FALLOCATE, true
	case "faccessat":
		return unix.SYS_FACCESSAT, true
	case "chdir":
		return unix.SYS_CHDIR, true
	case "fchdir":
		return unix.SYS_FCHDIR, true
	case "chroot":
		return unix.SYS_CHROOT, true
	case "fchmod":
		return unix.SYS_FCHMOD, true
	case "fchmodat":
		return unix.SYS_FCHMODAT, true
	case "fchownat":
		return unix.SYS_FCHOWNAT, true
	case "fchown":
		return unix.SYS_FCHOWN, true
	case "openat":
		return unix.SYS_OPENAT, true
	case "close":
		return unix.SYS_CLOSE, true
	case "vhangup":
		return unix.SYS_VHANGUP, true
	case "pipe2":
		return unix.SYS_PIPE2, true
	case "quotactl":
		return unix.SYS_QUOTACTL, true
	case "getdents64":
		return unix.SYS_GETDENTS64, true
	case "lseek":
		return unix.SYS_LSEEK, true
	case "read":
		return unix.SYS_READ, true
	case "write":
		return unix.SYS_WRITE, true
	case "readv":
		return unix.SYS_READV, true
	case "writev":
		return unix.SYS_WRITEV, true
	case "pread64":
		return unix.SYS_PREAD64, true
	case "pwrite64":
		return unix.SYS_PWRITE64, true
	case "preadv":
		return unix.SYS_PREADV, true
	case "pwritev":
		return unix.SYS_PWRITEV, true
	case "sendfile":
		return unix.SYS_SENDFILE, true
	case "pselect6":
		return unix.SYS_PSELECT6, true
	case "ppoll":
		return unix.SYS_PPOLL, true
	case "signalfd4":
		return unix.SYS_SIGNALFD4, true
	case "vmsplice":
		return unix.SYS_VMSPLICE, true
	case "splice":
		return unix.SYS_SPLICE, true
	case "tee":
		return unix.SYS_TEE, true
	case "readlinkat":
		return unix.SYS_READLINKAT, true
	case "newfstatat":
		return unix.SYS_NEWFSTATAT, true
	case "fstat":
		return unix.SYS_FSTAT, true
	case "sync":
		return unix.SYS_SYNC, true
	case "fsync":
		return unix.SYS_FSYNC, true
	case "fdatasync":
		return unix.SYS_FDATASYNC, true
	case "sync_file_range":
		return unix.SYS_SYNC_FILE_RANGE, true
	case "timerfd_create":
		return unix.SYS_TIMERFD_CREATE, true
	case "timerfd_settime":
		return unix.SYS_TIMERFD_SETTIME, true
	case "timerfd_gettime":
		return unix.SYS_TIMERFD_GETTIME, true
	case "utimensat":
		return unix.SYS_UTIMENSAT, true
	case "acct":
		return unix.SYS_ACCT, true
	case "capget":
		return unix.SYS_CAPGET, true
	case "capset":
		return unix.SYS_CAPSET, true
	case "personality":
		return unix.SYS_PERSONALITY, true
	case "exit":
		return unix.SYS_EXIT, true
	case "exit_group":
		return unix.SYS_EXIT_GROUP, true
	case "waitid":
		return unix.SYS_WAITID, true
	case "set_tid_address":
		return unix.SYS_SET_TID_ADDRESS, true
	case "unshare":
		return unix.SYS_UNSHARE, true
	case "futex":
		return unix.SYS_FUTEX, true
	case "set_robust_list":
		return unix.SYS_SET_ROBUST_LIST, true
	case "get_robust_list":
		return unix.SYS_GET_ROBUST_LIST, true
	case "nanosleep":
		return unix.SYS_NANOSLEEP, true
	case "getitimer":
		return unix.SYS_GETITIMER, true
	case "setitimer":
		return unix.SYS_SETITIMER, true
	case "kexec_load":
		return unix.SYS_KEXEC_LOAD, true
	case "init_module":
		return unix.SYS_INIT_MODULE, true
	case "delete_module":
		return unix.SYS_DELETE_MODULE, true
	case "timer_create":
		return unix.SYS_TIMER_CREATE, true
	case "timer_gettime":
		return unix.SYS_TIMER_GETTIME, true
	case "timer_getoverrun":
		return unix.SYS_TIMER_GETOVERRUN, true
	case "timer_settime":
		return unix.SYS_TIMER_SETTIME, true
	case "timer_delete":
		return unix.SYS_TIMER_DELETE, true
	case "clock_settime":
		return unix.SYS_CLOCK_SETTIME, true
	case "clock_gettime":
		return unix.SYS_CLOCK_GETTIME, true
	case "clock_getres":
		return unix.SYS_CLOCK_GETRES, true
	case "clock_nanosleep":
		return unix.SYS_CLOCK_NANOSLEEP, true
	case "syslog":
		return unix.SYS_SYSLOG, true
	case "ptrace":
		return unix.SYS_PTRACE, true
	case "sched_setparam":
		return unix.SYS_SCHED_SETPARAM, true
	case "sched_setscheduler":
		return unix.SYS_SCHED_SETSCHEDULER, true
	case "sched_getscheduler":
		return unix.SYS_SCHED_GETSCHEDULER, true
	case "sched_getparam":
		return unix.SYS_SCHED_GETPARAM, true
	case "sched_setaffinity":
		return unix.SYS_SCHED_SETAFFINITY, true
	case "sched_getaffinity":
		return unix.SYS_SCHED_GETAFFINITY, true
	case "sched_yield":
		return unix.SYS_SCHED_YIELD, true
	case "sched_get_priority_max":
		return unix.SYS_SCHED_GET_PRIORITY_MAX, true
	case "sched_get_priority_min":
		return unix.SYS_SCHED_GET_PRIORITY_MIN, true
	case "sched_rr_get_interval":
		return unix.SYS_SCHED_RR_GET_INTERVAL, true
	case "restart_syscall":
		return unix.SYS_RESTART_SYSCALL, true
	case "kill":
		return unix.SYS_KILL, true
	case "tkill":
		return unix.SYS_TKILL, true
	case "tgkill":
		return unix.SYS_TGKILL, true
	case "sigaltstack":
		return unix.SYS_SIGALTSTACK, true
	case "rt_sigsuspend":
		return unix.SYS_RT_SIGSUSPEND, true
	case "rt_sigaction":
		return unix.SYS_RT_SIGACTION, true
	case "rt_sigprocmask":
		return unix.SYS_RT_SIGPROCMASK, true
	case "rt_sigpending":
		return unix.SYS_RT_SIGPENDING, true
	case "rt_sigtimedwait":
		return unix.SYS_RT_SIGTIMEDWAIT, true
	case "rt_sigqueueinfo":
		return unix.SYS_RT_SIGQUEUEINFO, true
	case "rt_sigreturn":
		return unix.SYS_RT_SIGRETURN, true
	case "setpriority":
		return unix.SYS_SETPRIORITY, true
	case "getpriority":
		return unix.SYS_GETPRIORITY, true
	case "reboot":
		return unix.SYS_REBOOT, true
	case "setregid":
		return unix.SYS_SETREGID, true
	case "setgid":
		return unix.SYS_SETGID, true
	case "setreuid":
		return unix.SYS_SETREUID, true
	case "setuid":
		return unix.SYS_SETUID, true
	case "setresuid":
		return unix.SYS_SETRESUID, true
	case "getresuid":
		return unix.SYS_GETRESUID, true
	case "setresgid":
		return unix.SYS_SETRESGID, true
	case "getresgid":
		return unix.SYS_GETRESGID, true
	case "setfsuid":
		return unix.SYS_SETFSUID, true
	case "setfsgid":
		return unix.SYS_SETFSGID, true
	case "times":
		return unix.SYS_TIMES, true
	case "setpgid":
		return unix.SYS_SETPGID, true
	case "getpgid":
		return unix.SYS_GETPGID, true
	case "getsid":
		return unix.SYS_GETSID, true
	case "setsid":
		return unix.SYS_SETSID, true
	case "getgroups":
		return unix.SYS_GETGROUPS, true
	case "setgroups":
		return unix.SYS_SETGROUPS, true
	case "uname":
		return unix.SYS_UNAME, true
	case "sethostname":
		return unix.SYS_SETHOSTNAME, true
	case "setdomainname":
		return unix.SYS_SETDOMAINNAME, true
	case "getrlimit":
		return unix.SYS_GETRLIMIT, true
	case "setrlimit":
		return unix.SYS_SETRLIMIT, true
	case "getrusage":
		return unix.SYS_GETRUSAGE, true
	case "umask":
		return unix.SYS_UMASK, true
	case "prctl":
		return unix.SYS_PRCTL, true
	case "getcpu":
		return unix.SYS_GETCPU, true
	case "gettimeofday":
		return unix.SYS_GETTIMEOFDAY, true
	case "settimeofday":
		return unix.SYS_SETTIMEOFDAY, true
	case "adjtimex":
		return unix.SYS_ADJTIMEX, true
	case "getpid":
		return unix.SYS_GETPID, true
	case "getppid":
		return unix.SYS_GETPPID, true
	case "getuid":
		return unix.SYS_GETUID, true
	case "geteuid":
		return unix.SYS_GETEUID, true
	case "getgid":
		return unix.SYS_GETGID, true
	case "getegid":
		return unix.SYS_GETEGID, true
	case "gettid":
		return unix.SYS_GETTID, true
	case "sysinfo":
		return unix.SYS_SYSINFO, true
	case "mq_open":
		return unix.SYS_MQ_OPEN, true
	case "mq_unlink":
		return unix.SYS_MQ_UNLINK, true
	case "mq_timedsend":
		return unix.SYS_MQ_TIMEDSEND, true
	case "mq_timedreceive":
		return unix.SYS_MQ_TIMEDRECEIVE, true
	case "mq_notify":
		return unix.SYS_MQ_NOTIFY, true
	case "mq_getsetattr":
		return unix.SYS_MQ_GETSETATTR, true
	case "msgget":
		return unix.SYS_MSGGET, true
	case "msgctl":
		return unix.SYS_MSGCTL, true
	case "msgrcv":
		return unix.SYS_MSGRCV, true
	case "msgsnd":
		return unix.SYS_MSGSND, true
	case "semget":
		return unix.SYS_SEMGET, true
	case "semctl":
		return unix.SYS_SEMCTL, true
	case "semtimedop":
		return unix.SYS_SEMTIMEDOP, true
	case "semop":
		return unix.SYS_SEMOP, true
	case "shmget":
		return unix.SYS_SHMGET, true
	case "shmctl":
		return unix.SYS_SHMCTL, true
	case "shmat":
		return unix.SYS_SHMAT, true
	case "shmdt":
		return unix.SYS_SHMDT, true
	case "socket":
		return unix.SYS_SOCKET, true
	case "socketpair":
		return unix.SYS_SOCKETPAIR, true
	case "bind":
		return unix.SYS_BIND, true
	case "listen":
		return unix.SYS_LISTEN, true
	case "accept":
		return unix.SYS_ACCEPT, true
	case "connect":
		return unix.SYS_CONNECT, true
	case "getsockname":
		return unix.SYS_GETSOCKNAME, true
	case "getpeername":
		return unix.SYS_GETPEERNAME, true
	case "sendto":
		return unix.SYS_SENDTO, true
	case "recvfrom":
		return unix.SYS_RECVFROM, true
	case "setsockopt":
		return unix.SYS_SETSOCKOPT, true
	case "getsockopt":
		return unix.SYS_GETSOCKOPT, true
	case "shutdown":
		return unix.SYS_SHUTDOWN, true
	case "sendmsg":
		return unix.SYS_SENDMSG, true
	case "recvmsg":
		return unix.SYS_RECVMSG, true
	case "readahead":
		return unix.SYS_READAHEAD, true
	case "brk":
		return unix.SYS_BRK, true
	case "munmap":
		return unix.SYS_MUNMAP, true
	case "mremap":
		return unix.SYS_MREMAP, true
	case "add_key":
		return unix.SYS_ADD_KEY, true
	case "request_key":
		return unix.SYS_REQUEST_KEY, true
	case "keyctl":
		return unix.SYS_KEYCTL, true
	case "clone":
		return unix.SYS_CLONE, true
	case "execve":
		return unix.SYS_EXECVE, true
	case "mmap":
		return unix.SYS_MMAP, true
	case "fadvise64":
		return unix.SYS_FADVISE64, true
	case "swapon":
		return unix.SYS_SWAPON, true
	case "swapoff":
		return unix.SYS_SWAPOFF, true
	case "mprotect":
		return unix.SYS_MPROTECT, true
	case "msync":
		return unix.SYS_MSYNC, true
	case "mlock":
		return unix.SYS_MLOCK, true
	case "munlock":
		return unix.SYS_MUNLOCK, true
	case "mlockall":
		return unix.SYS_MLOCKALL, true
	case "munlockall":
		return unix.SYS_MUNLOCKALL, true
	case "mincore":
		return unix.SYS_MINCORE, true
	case "madvise":
		return unix.SYS_MADVISE, true
	case "remap_file_pages":
		return unix.SYS_REMAP_FILE_PAGES, true
	case "mbind":
		return unix.SYS_MBIND, true
	case "get_mempolicy":
		return unix.SYS_GET_MEMPOLICY, true
	case "set_mempolicy":
		return unix.SYS_SET_MEMPOLICY, true
	case "migrate_pages":
		return unix.SYS_MIGRATE_PAGES, true
	case "move_pages":
		return unix.SYS_MOVE_PAGES, true
	case "rt_tgsigqueueinfo":
		return unix.SYS_RT_TGSIGQUEUEINFO, true
	case "perf_event_open":
		return unix.SYS_PERF_EVENT_OPEN, true
	case "accept4":
		return unix.SYS_ACCEPT4, true
	case "recvmmsg":
		return unix.SYS_RECVMMSG, true
	case "arch_specific_syscall":
		return unix.SYS_ARCH_SPECIFIC_SYSCALL, true
	case "wait4":
		return unix.SYS_WAIT4, true
	case "prlimit64":
		return unix.SYS_PRLIMIT64, true
	case "fanotify_init":
		return unix.SYS_FANOTIFY_INIT, true
	case "fanotify_mark":
		return unix.SYS_FANOTIFY_MARK, true
	case "name_to_handle_at":
		return unix.SYS_NAME_TO_HANDLE_AT, true
	case "open_by_handle_at":
		return unix.SYS_OPEN_BY_HANDLE_AT, true
	case "clock_adjtime":
		return unix.SYS_CLOCK_ADJTIME, true
	case "syncfs":
		return unix.SYS_SYNCFS, true
	case "setns":
		return unix.SYS_SETNS, true
	case "sendmmsg":
		return unix.SYS_SENDMMSG, true
	case "process_vm_readv":
		return unix.SYS_PROCESS_VM_READV, true
	case "process_vm_writev":
		return unix.SYS_PROCESS_VM_WRITEV, true
	case "kcmp":
		return unix.SYS_KCMP, true
	case "finit_module":
		return unix.SYS_FINIT_MODULE, true
	case "sched_setattr":
		return unix.SYS_SCHED_SETATTR, true
	case "sched_getattr":
		return unix.SYS_SCHED_GETATTR, true
	case "renameat2":
		return unix.SYS_RENAMEAT2, true
	case "seccomp":
		return unix.SYS_SECCOMP, true
	case "getrandom":
		return unix.SYS_GETRANDOM, true
	case "memfd_create":
		return unix.SYS_MEMFD_CREATE, true
	case "bpf":
		return unix.SYS_BPF, true
	case "execveat":
		return unix.SYS_EXECVEAT, true
	case "userfaultfd":
		return unix.SYS_USERFAULTFD, true
	case "membarrier":
		return unix.SYS_MEMBARRIER, true
	case "mlock2":
		return unix.SYS_MLOCK2, true
	case "copy_file_range":
		return unix.SYS_COPY_FILE_RANGE, true
	case "preadv2":
		return unix.SYS_PREADV2, true
	case "pwritev2":
		return unix.SYS_PWRITEV2, true
	case "pkey_mprotect":
		return unix.SYS_PKEY_MPROTECT, true
	case "pkey_alloc":
		return unix.SYS_PKEY_ALLOC, true
	case "pkey_free":
		return unix.SYS_PKEY_FREE, true
	case "statx":
		return unix.SYS_STATX, true
	case "io_pgetevents":
		return unix.SYS_IO_PGETEVENTS, true
	case "rseq":
		return unix.SYS_RSEQ, true
	case "kexec_file_load":
		return unix.SYS_KEXEC_FILE_LOAD, true
	case "pidfd_send_signal":
		return unix.SYS_PIDFD_SEND_SIGNAL, true
	case "io_uring_setup":
		return unix.SYS_IO_URING_SETUP, true
	case "io_uring_enter":
		return unix.SYS_IO_URING_ENTER, true
	case "io_uring_register":
		return unix.SYS_IO_URING_REGISTER, true
	case "open_tree":
		return unix.SYS_OPEN_TREE, true
	case "move_mount":
		return unix.SYS_MOVE_MOUNT, true
	case "fsopen":
		return unix.SYS_FSOPEN, true
	case "fsconfig":
		return unix.SYS_FSCONFIG, true
	case "fsmount":
		return unix.SYS_FSMOUNT, true
	case "fspick":
		return unix.SYS_FSPICK, true
	case "pidfd_open":
		return unix.SYS_PIDFD_OPEN, true
	case "clone3":
		return unix.SYS_CLONE3, true
	case "close_range":
		return unix.SYS_CLOSE_RANGE, true
	case "openat2":
		return unix.SYS_OPENAT2, true
	case "pidfd_getfd":
		return unix.SYS_PIDFD_GETFD, true
	case "faccessat2":
		return unix.SYS_FACCESSAT2, true
	case "process_madvise":
		return unix.SYS_PROCESS_MADVISE, true
	case "epoll_pwait2":
		return unix.SYS_EPOLL_PWAIT2, true
	case "mount_setattr":
		return unix.SYS_MOUNT_SETATTR, true
	case "quotactl_fd":
		return unix.SYS_QUOTACTL_FD, true
	case "landlock_create_ruleset":
		return unix.SYS_LANDLOCK_CREATE_RULESET, true
	case "landlock_add_rule":
		return unix.SYS_LANDLOCK_ADD_RULE, true
	case "landlock_restrict_self":
		return unix.SYS_LANDLOCK_RESTRICT_SELF, true
	case "memfd_secret":
		return unix.SYS_MEMFD_SECRET, true
	case "process_mrelease":
		return unix.SYS_PROCESS_MRELEASE, true
	case "futex_waitv":
		return unix.SYS_FUTEX_WAITV, true
	case "set_mempolicy_home_node":
		return unix.SYS_SET_MEMPOLICY_HOME_NODE, true
	case "cachestat":
		return unix.SYS_CACHESTAT, true
	case "fchmodat2":
		return unix.SYS_FCHMODAT2, true
	case "map_shadow_stack":
		return unix.SYS_MAP_SHADOW_STACK, true
	case "futex_wake":
		return unix.SYS_FUTEX_WAKE, true
	case "futex_wait":
		return unix.SYS_FUTEX_WAIT, true
	case "futex_requeue":
		return unix.SYS_FUTEX_REQUEUE, true
	case "statmount":
		return unix.SYS_STATMOUNT, true
	case "listmount":
		return unix.SYS_LISTMOUNT, true
	case "lsm_get_self_attr":
		return unix.SYS_LSM_GET_SELF_ATTR, true
	case "lsm_set_self_attr":
		return unix.SYS_LSM_SET_SELF_ATTR, true
	case "lsm_list_modules":
		return unix.SYS_LSM_LIST_MODULES, true
	case "mseal":
		return unix.SYS_MSEAL, true
	case "setxattrat":
		return unix.SYS_SETXATTRAT, true
	case "getxattrat":
		return unix.SYS_GETXATTRAT, true
	case "listxattrat":
		return unix.SYS_LISTXATTRAT, true
	case "removexattrat":
		return unix.SYS_REMOVEXATTRAT, true
	case "open_tree_attr":
		return unix.SYS_OPEN_TREE_ATTR, true
	case "file_getattr":
		return unix.SYS_FILE_GETATTR, true
	case "file_setattr":
		return unix.SYS_FILE_SETATTR, true
	case "listns":
		return unix.SYS_LISTNS, true
	case "rseq_slice_yield":
		return unix.SYS_RSEQ_SLICE_YIELD, true
	}
	return 0, false
}
