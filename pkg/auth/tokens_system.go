//go:build linux || windows || (darwin && cgo)

package auth

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity/cache"
)

// SystemTokens is the store of this system: on Linux a file that is encrypted with a key in the kernel's keyring, on Windows one that
// DPAPI encrypts for the user, on macOS the keychain.
func SystemTokens() TokenStore { return systemTokens{} }

type systemTokens struct{}

// Open writes and reads something first, so that a store that is there and does not work is an error.
func (systemTokens) Open(name string) (azidentity.Cache, error) {
	if d := os.Getenv("XDG_CACHE_HOME"); d != "" && !filepath.IsAbs(d) {
		return azidentity.Cache{}, fmt.Errorf("XDG_CACHE_HOME is not an absolute path: %q", d)
	}
	return cache.New(&cache.Options{Name: name})
}

// Prepare makes the key that encrypts the tokens, where there is one and it is not there.
func (systemTokens) Prepare(name string) (made bool, err error) { return settleKey(name + ".cae") }

// Names goes by the files that azidentity's cache makes on every system, and by their locks.
func (systemTokens) Names() (names []string, err error) {
	dir, err := tokenFolder()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, ".IdentityService"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		name, _, ours := strings.Cut(e.Name(), ".cae")
		if ours && strings.HasPrefix(name, "tap-") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, err
}

// Delete removes the tokens and what encrypted them. azidentity keeps tokens with CAE, which are all of ours, under a name of their own.
func (systemTokens) Delete(name string) error {
	name += ".cae"
	dir, err := tokenFolder()
	if err != nil {
		return err
	}
	err = deleteKey(name)
	for _, suffix := range []string{"", ".lockfile"} {
		if e := os.Remove(filepath.Join(dir, ".IdentityService", name+suffix)); e != nil && !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}
