package image

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Sink returns a writer to a file that lets the kernel copy the content of
// other files, where it can: into pipes, files and sockets.
func Sink(f *os.File) io.Writer { return &sink{f} }

type sink struct{ *os.File }

// takeFile implements fileTaker.
func (s *sink) takeFile(f *os.File, size int64) error {
	return s.takeRange(f, 0, size)
}

// takeRange copies a range of a file.
func (s *sink) takeRange(f *os.File, offset, size int64) error {
	sent, err := s.send(f, offset, size)
	if err == nil || sent > 0 || !unsupported(err) {
		return err
	}
	_, err = io.CopyN(struct{ io.Writer }{s.File}, io.NewSectionReader(f, offset, size), size)
	return err
}

func unsupported(err error) bool {
	return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EXDEV) || errors.Is(err, unix.EOPNOTSUPP)
}

// send has the kernel copy; it returns how much was sent.
func (s *sink) send(f *os.File, offset, size int64) (sent int64, err error) {
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, err
	}
	for sent < size && err == nil {
		var n int
		at := offset + sent
		failed := raw.Write(func(out uintptr) bool {
			n, err = unix.Sendfile(int(out), int(f.Fd()), &at, int(min(size-sent, 1<<30)))
			return !errors.Is(err, syscall.EAGAIN)
		})
		switch {
		case failed != nil:
			return sent, failed
		case errors.Is(err, syscall.EINTR):
			err = nil
		case err == nil && n == 0:
			return sent, fmt.Errorf("it is shorter than it was: %w", io.ErrUnexpectedEOF)
		}
		sent += int64(max(n, 0))
	}
	return sent, err
}
