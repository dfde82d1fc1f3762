package auth

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// tokenFolder is where azidentity's cache puts the folder with its files.
func tokenFolder() (string, error) {
	if d := os.Getenv("XDG_CACHE_HOME"); d != "" {
		return d, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".cache"), err
}

// keyrings are those where azidentity's cache puts its keys, the one that it prefers last (keyrings(7)): the user's, and the
// persistent one where the kernel has it. None: there is no keyring.
func keyrings() []int {
	user, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true)
	if err != nil {
		return nil
	}
	if session, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true); err == nil {
		_, _ = unix.KeyctlInt(unix.KEYCTL_LINK, user, session, 0, 0) // or the key is not found: only who possesses it may search it
	}
	rings := []int{user}
	if persistent, err := unix.KeyctlInt(unix.KEYCTL_GET_PERSISTENT, -1, user, 0, 0); err == nil {
		rings = append(rings, persistent)
	}
	return rings
}

// settleKey makes the key of this name where there is none. azidentity's cache would make it after the sign-in, and of two processes that do
// so at the same time one makes the other's tokens unreadable.
func settleKey(name string) (made bool, err error) {
	dir, err := tokenFolder()
	if err != nil {
		return false, err
	}
	dir = filepath.Join(dir, ".IdentityService")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	folder, err := os.Open(dir)
	if err != nil {
		return false, err
	}
	defer func() { _ = folder.Close() }() // which unlocks it
	if err := unix.Flock(int(folder.Fd()), unix.LOCK_EX); err != nil {
		return false, err
	}
	rings := keyrings()
	if len(rings) == 0 {
		return false, nil
	}
	ring := rings[len(rings)-1]
	if _, err := unix.KeyctlSearch(ring, "user", name, 0); !errors.Is(err, unix.ENOKEY) && !errors.Is(err, unix.EKEYEXPIRED) && !errors.Is(err, unix.EKEYREVOKED) {
		return false, err
	}
	key := make([]byte, 33) // 32 for the key and, as that cache has it, a zero
	if _, err := rand.Read(key[:32]); err != nil {
		return false, err
	}
	_, err = unix.AddKey("user", name, key, ring)
	return err == nil, err
}

// deleteKey makes the key of this name unusable at once.
func deleteKey(name string) error {
	for _, ring := range keyrings() {
		id, err := unix.KeyctlSearch(ring, "user", name, 0)
		if err != nil {
			continue
		}
		_, err = unix.KeyctlInt(unix.KEYCTL_INVALIDATE, id, 0, 0, 0)
		if err != nil {
			_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, ring, 0, 0)
		}
		if err != nil && !errors.Is(err, unix.ENOKEY) && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}
