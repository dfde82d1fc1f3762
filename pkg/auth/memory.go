package auth

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// TokenStore is where the system keeps tokens between commands, encrypted.
type TokenStore interface {
	// Open returns the store of this name. An error means that the system has none.
	Open(name string) (azidentity.Cache, error)
	// Prepare makes the store of this name fit for several processes that sign in at the same time. It reports whether there was
	// none, so that who then signs in to no avail can delete it.
	Prepare(name string) (made bool, err error)
	// Names lists the stores of tap that left something behind.
	Names() ([]string, error)
	// Delete removes all that the store of this name left behind. One that is not there is no error.
	Delete(name string) error
}

// Memory remembers people who signed in from one command to the next: who it was in a file, the tokens in the system's store.
// Each cloud, tenant, client and kind has a file and a store of its own, so that one can be forgotten as a whole.
type Memory struct {
	Folder string // where the files lie; it need not exist. "": nobody is remembered
	Tokens TokenStore
	Warn   func(text string) // told what does not keep a person from signing in
}

// Account is a person who signed in, as it is remembered: no secret is in it.
type Account struct {
	Cloud    string                          `json:"cloud"`
	Tenant   string                          `json:"tenant"` // as it was asked for, "" for that of whoever signs in
	ClientID string                          `json:"clientId"`
	Kind     Kind                            `json:"kind"`
	SignedIn time.Time                       `json:"signedIn"`
	Record   azidentity.AuthenticationRecord `json:"record"`
}

// accountOf is the account that a configuration stands for, as far as it says.
func accountOf(c Config) Account {
	return Account{Cloud: c.Cloud.Name, Tenant: strings.ToLower(c.Tenant), ClientID: strings.ToLower(c.client()), Kind: c.Kind}
}

// name names what is remembered of the account, the same in each process. The folder is part of it: the system's store is one for
// all folders.
func (m *Memory) name(a Account) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{m.Folder, a.Cloud, a.Tenant, a.ClientID, string(a.Kind)}, "\x00")))
	return "tap-" + hex.EncodeToString(sum[:16])
}

func (m *Memory) path(a Account) string { return filepath.Join(m.Folder, m.name(a)+".json") }

// Find returns who is remembered for this configuration, nil for nobody. A file that cannot be used counts as none, with a warning: the
// next sign-in writes it anew.
func (m *Memory) Find(c Config) *Account {
	if m == nil || m.Folder == "" || c.Kind.Application() {
		return nil
	}
	asked := accountOf(c)
	path := m.path(asked)
	a, err := readAccount(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !a.answers(asked):
		err = errors.New("it is about another sign-in")
	}
	if err != nil {
		m.Warn(fmt.Sprintf("the remembered sign-in in %s cannot be used: %v", path, err))
		return nil
	}
	return a
}

// answers reports whether the account is the one that was asked for, down to the tenant in which the authority saw it.
func (a *Account) answers(asked Account) bool {
	same := a.Cloud == asked.Cloud && a.Tenant == asked.Tenant && a.ClientID == asked.ClientID && a.Kind == asked.Kind
	return same && (!isGUID(asked.Tenant) || strings.EqualFold(a.Record.TenantID, asked.Tenant)) && strings.EqualFold(a.Record.ClientID, asked.ClientID)
}

func readAccount(path string) (*Account, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		var bare *fs.PathError
		if errors.As(err, &bare) && !errors.Is(err, fs.ErrNotExist) {
			err = bare.Err
		}
		return nil, err
	}
	var a Account
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, errors.New("it is not what tap wrote")
	}
	if a.Record.HomeAccountID == "" || !isGUID(a.Record.TenantID) {
		return nil, errors.New("it names nobody")
	}
	return &a, nil
}

// Latest is the kind by which the person signed in last to this tenant by this client; Browser where nobody is remembered.
func (m *Memory) Latest(c Config) Kind {
	latest, at := Browser, time.Time{}
	for _, k := range []Kind{Browser, DeviceCode} {
		c.Kind = k
		if a := m.Find(c); a != nil && a.SignedIn.After(at) {
			latest, at = k, a.SignedIn
		}
	}
	return latest
}

// remember keeps the account for later commands.
func (m *Memory) remember(a Account) error {
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(m.Folder, 0o700); err != nil {
		return err
	}
	return replaceFile(m.path(a), append(b, '\n'))
}

// replaceFile writes a file that only its owner reads, whole or not at all, whoever else writes it at the same time.
func replaceFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Accounts lists who is remembered, who signed in last first. Files that cannot be used are left out.
func (m *Memory) Accounts() ([]Account, error) {
	files, err := m.files()
	var all []Account
	for _, name := range files {
		if a, err := readAccount(filepath.Join(m.Folder, name)); err == nil && name == filepath.Base(m.path(*a)) {
			all = append(all, *a)
		}
	}
	slices.SortStableFunc(all, func(a, b Account) int {
		return cmp.Or(b.SignedIn.Compare(a.SignedIn), cmp.Compare(a.Record.Username, b.Record.Username))
	})
	return all, err
}

// files are the names of the files, sorted, and of parts that a crash left.
func (m *Memory) files() ([]string, error) {
	if m.Folder == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(m.Folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errs.Local("reading who is signed in", m.Folder, err)
	}
	var names []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(strings.TrimPrefix(name, "."), "tap-") && strings.Contains(name, ".json") {
			names = append(names, name)
		}
	}
	return names, nil
}

// Forget removes what is remembered for this configuration, the tokens first. It reports who it was, nil where nobody was remembered.
func (m *Memory) Forget(c Config) (*Account, error) {
	if m.Folder == "" {
		return nil, nil
	}
	asked := accountOf(c)
	a, _ := readAccount(m.path(asked)) // one that cannot be read goes, too
	return a, m.forget(m.name(asked))
}

// ForgetAll removes all that is remembered, with files that cannot be used and tokens whose file is gone.
func (m *Memory) ForgetAll() error {
	files, err := m.files()
	if err != nil {
		return err
	}
	names, err := m.Tokens.Names()
	if err != nil {
		return errs.Local("looking for the tokens of sign-ins", "", err)
	}
	for _, f := range files {
		name, _, _ := strings.Cut(strings.TrimPrefix(f, "."), ".json")
		names = append(names, name)
		if strings.HasPrefix(f, ".") {
			err = errors.Join(err, os.Remove(filepath.Join(m.Folder, f)))
		}
	}
	for _, name := range names {
		err = errors.Join(err, m.forget(name))
	}
	return err
}

func (m *Memory) forget(name string) error {
	path := filepath.Join(m.Folder, name+".json")
	if err := m.Tokens.Delete(name); err != nil {
		return errs.Local("removing the tokens of a sign-in", name, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errs.Local("removing a sign-in", path, err)
	}
	return nil
}
