package rollout

import (
	"context"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// The names of the tags that a run puts on a secret. TagPassID says which pass it is: Vault.Holds looks for it.
const (
	TagPassID            = "passId"
	TagUserPrincipalName = "userPrincipalName"
	TagUserID            = "userId"
	TagTenantID          = "tenantId"
	TagRun               = "run"
)

// Secret is a pass as a vault keeps it: a new version of the secret of that name.
type Secret struct {
	Name      string // the user's object id, where nobody asked for another; [0-9A-Za-z-]{1,127}
	Passcode  secret.Text
	NotBefore time.Time         // the start of the pass; zero: from now on
	Expires   time.Time         // its end; a secret that never ends is refused
	Tags      map[string]string // at most 15, of at most 256 characters each
}

// Vault is what a run asks of the vault that takes its passes, beside a file or in its place. Errors are *errs.Error,
// without a passcode. It may be asked by many at once.
type Vault interface {
	// Probe finds out whether the vault takes secrets. It is asked before the first pass is made.
	Probe(ctx context.Context) error
	// Holds returns the address of the latest version of the secret where its tag passId is passID, and "" where it is another
	// or there is no such secret. An error means that this cannot be told, as when nobody may read; then the caller
	// writes once more: a second version of the same pass does no harm, a pass that is nowhere does.
	Holds(ctx context.Context, name, passID string) (id string, err error)
	// Put writes a new version and returns its address, which says nothing of its value. After a busy or interrupted error the version may
	// be there all the same: Holds tells.
	Put(ctx context.Context, s Secret) (id string, err error)
}
