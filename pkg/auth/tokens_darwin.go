//go:build cgo

package auth

import (
	"context"
	"os"

	"github.com/AzureAD/microsoft-authentication-extensions-for-go/cache/accessor"
)

// tokenFolder is where azidentity's cache puts the folder with its files.
func tokenFolder() (string, error) { return os.UserHomeDir() }

// settleKey has nothing to do: the system has one key for all.
func settleKey(string) (made bool, err error) { return false, nil }

// deleteKey removes the item of the keychain, in which the tokens themselves are.
func deleteKey(name string) error {
	s, err := accessor.New(name, accessor.WithAccount("MSALCache"))
	if err != nil {
		return err
	}
	return s.Delete(context.Background())
}
