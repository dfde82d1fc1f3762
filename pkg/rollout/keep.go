package rollout

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// Keeping is the writing of a run's passes into a vault, when all of them are final.
type Keeping struct {
	Vault       Vault
	URL         string // the vault's
	Run, Tenant string // what a secret's tags say
	Concurrency int    // secrets under way at once

	book    Book
	putting map[int]bool   // an earlier process may have written them
	kept    map[int]string // where they are already
	each    func()
	mu      sync.Mutex
}

// Keep writes every passcode of the book that is not in the vault yet, an intent before each and its address after it. story is
// what an earlier process did, nil for none; each is told each that is there, one at a time. An error ends it; what is in the book goes on then.
func (k *Keeping) Keep(ctx context.Context, book Book, story *journal.Story, each func()) error {
	k.book, k.each = book, each
	if story != nil {
		k.putting, k.kept = story.Putting, story.Kept
	}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(max(1, k.Concurrency))
	err := book.Each(func(o journal.Outcome) error {
		if err := inner.Err(); err != nil {
			return err
		}
		if !o.Result.Passcode.IsEmpty() && !k.has(o.Row) {
			g.Go(func() error { return k.keep(inner, o) })
		}
		return nil
	})
	if first := g.Wait(); first != nil {
		err = first
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// has reports whether the row's passcode is in this vault; it may be in another that was named before.
func (k *Keeping) has(row int) bool {
	return strings.HasPrefix(k.kept[row], strings.TrimSuffix(k.URL, "/")+"/")
}

// keep writes one passcode.
func (k *Keeping) keep(ctx context.Context, o journal.Outcome) error {
	s := k.secret(o.Result)
	id := ""
	if k.putting[o.Row] {
		id, _ = k.Vault.Holds(ctx, s.Name, o.Result.Pass.ID) // where that cannot be told it is written once more
	}
	if id == "" {
		if err := k.book.Put([]int{o.Row}); err != nil {
			return err
		}
		var err error
		if id, err = k.Vault.Put(ctx, s); err != nil {
			return errs.Of(err).For("writing into the vault", string(o.Result.Ref))
		}
	}
	if err := k.book.Keep([]journal.Kept{{Row: o.Row, ID: id}}); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.each()
	return nil
}

// secret is the pass as the vault keeps it. Of a pass whose times could not be read the end is the latest that there can be.
func (k *Keeping) secret(r pass.Result) Secret {
	s := Secret{
		Name: r.Person.ID, Passcode: r.Passcode, NotBefore: r.Pass.Start, Expires: r.Pass.End(),
		Tags: map[string]string{TagPassID: r.Pass.ID, TagUserID: r.Person.ID, TagRun: k.Run, TagTenantID: k.Tenant},
	}
	if r.Person.UserPrincipalName != "" {
		s.Tags[TagUserPrincipalName] = r.Person.UserPrincipalName
	}
	if r.Pass.Start.IsZero() || r.Pass.Lifetime == 0 {
		s.NotBefore, s.Expires = time.Time{}, r.At.Add(pass.LongestLifetime)
	}
	return s
}

// Unnamed finds a row of the plan that a vault could not keep, because the object id of its user is not known.
func (p *Plan) Unnamed() error {
	for _, r := range p.Rows {
		if r.Todo() && r.Person.ID == "" {
			return &errs.Error{
				Slug: errs.Denied, What: "planning", Whom: string(r.Ref),
				Why: fmt.Sprintf("a vault keeps a pass by the user's object id, and with this sign-in the directory may not be read (permission %s)", "User.Read.All"),
			}
		}
	}
	return nil
}
