//go:build !windows

package journal_test

import (
	"syscall"
	"testing"
)

// open lets every file be made with the mode that its maker asked for.
func open(t *testing.T) {
	was := syscall.Umask(0)
	t.Cleanup(func() { syscall.Umask(was) })
}
