//go:build unix

package terminal

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// checkOut finds a descriptor that is closed or only read from, and a pipe that nobody reads.
func checkOut(f *os.File) error {
	fds := []unix.PollFd{{Fd: int32(f.Fd())}}
	if _, err := unix.Poll(fds, 0); err != nil && !errors.Is(err, unix.EINTR) {
		return err
	}
	switch {
	case fds[0].Revents&unix.POLLNVAL != 0:
		return unix.EBADF
	case fds[0].Revents&unix.POLLERR != 0:
		return unix.EPIPE
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err == nil && flags&unix.O_ACCMODE == unix.O_RDONLY {
		return unix.EBADF
	}
	return nil
}
