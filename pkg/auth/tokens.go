package auth

import (
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// NoTokens is the store of a system that keeps no tokens; its text says why.
type NoTokens string

// Open returns why there is none.
func (n NoTokens) Open(string) (azidentity.Cache, error) {
	return azidentity.Cache{}, errors.New(string(n))
}

// Prepare has nothing to do.
func (NoTokens) Prepare(string) (made bool, err error) { return false, nil }

// Names has nothing to list.
func (NoTokens) Names() ([]string, error) { return nil, nil }

// Delete has nothing to remove.
func (NoTokens) Delete(string) error { return nil }
