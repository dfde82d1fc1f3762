package rollout

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
)

// Keeping is the writing of a run's passes into a vault, when all of them are final.
type Keeping struct {
	Vault       Vault
	URL         string // the vault's, without a slash at the end
	Run, Tenant string // what a secret's tags say
	Concurrency int    // secrets under way at once
	// Kept is told each pass that is there now, with its address. Refused is told each that the vault does not take, for a reason
	// that is about this one alone. They are called one at a time.
	Kept    func(o journal.Outcome, id string)
	Refused func(*errs.Error)

	book    Book
	putting map[int]bool   // an earlier process may have written them
	there   map[int]string // where they are already
	mu      sync.Mutex
	in, of  int
	refused int
}

// Begin counts what is to be kept of the book, and what is in the vault by what an earlier process did: story, nil for none.
func (k *Keeping) Begin(book Book, story *journal.Story) error {
	k.book = book
	if story != nil {
		k.putting, k.there = story.Putting, story.Kept
	}
	return book.Each(func(o journal.Outcome) error {
		if !o.Result.Passcode.IsEmpty() {
			k.of++
			if k.has(o.Row) {
				k.in++
			}
		}
		return nil
	})
}

// Count is how many passes are in the vault, of how many that belong there.
func (k *Keeping) Count() (in, of int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.in, k.of
}

// Keep writes every passcode that is not in the vault yet, an intent before each and its address after it. What is wrong with one alone keeps
// no other out: of that the error is partial, in the end. Any other error ends it at once. What is in the book goes on then.
func (k *Keeping) Keep(ctx context.Context) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(max(1, k.Concurrency))
	err := k.book.Each(func(o journal.Outcome) error {
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
	if err == nil && k.refused > 0 {
		err = &errs.Error{Slug: errs.Partial, What: keeping, Why: fmt.Sprintf("it does not take %d of %s", k.refused, errs.Count(k.of, "pass"))}
	}
	return err
}

const keeping = "writing into the vault"

// has reports whether the row's passcode is in this vault; it may be in another that was named before.
func (k *Keeping) has(row int) bool {
	id, begin := k.there[row], k.URL+"/"
	return len(id) > len(begin) && strings.EqualFold(id[:len(begin)], begin)
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
			return k.unkept(o.Result, err)
		}
	}
	if err := k.book.Keep([]journal.Kept{{Row: o.Row, ID: id}}); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.in++
	k.Kept(o, id)
	return nil
}

// unkept names the user in the vault's error, which it returns where the error is about all of them.
func (k *Keeping) unkept(r pass.Result, err error) error {
	e := *errs.Of(err)
	e.What, e.Whom = keeping, cmp.Or(r.Person.UserPrincipalName, string(r.Ref))
	switch e.Slug {
	case errs.Rejected, errs.UsageFault, errs.Internal:
		k.mu.Lock()
		defer k.mu.Unlock()
		k.refused++
		k.Refused(&e)
		return nil
	}
	return &e
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
				Why: fmt.Sprintf("a vault keeps a pass by the user's object id, and with this sign-in the directory may not be read (permission %s)", permission.ReadUser.Least),
			}
		}
	}
	return nil
}
