package pass

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
)

// Desk is where one caller works on the passes of one tenant. It is safe for concurrent use.
type Desk struct {
	Passes Service
	People person.Directory
	Policy policy.Reader
	// Application says that the caller is one: Graph does not hold it back from administrators, so Create does.
	Application bool
	// Strict refuses a user whose roles an application may not read.
	Strict bool
	// Caller is the object id of who is signed in, "" where it is not known. Only a plan goes by it.
	Caller string
	// Permissions are those that the sign-in's token shows, a hint for who was refused; nil: it shows none.
	Permissions []string
	// Directory explains who was refused. Nil: nothing is looked up.
	Directory denial.Directory
	// Methods are those of users. Nil where nobody asks for them.
	Methods Methods
	// Access is what is undone of what somebody did with a pass. Nil where nobody revokes.
	Access Access
	// TellsUse says that the service tells when a pass was used that works many times: the beta version does.
	TellsUse bool
	// Now is the target's clock. It counts only until an answer tells the service's Date.
	Now func() time.Time
	// Notice is told what could not be seen and was not needed, perhaps more than once.
	Notice func(string)
	// Refused is told of a user for whom nothing was sent, because of a guard here or because something could not be read with this
	// sign-in. Nil: nobody.
	Refused func(Result)
	// Pause waits, or returns why it ended early.
	Pause func(context.Context, time.Duration) error
}

// Holding is one user with the passes of that user.
type Holding struct {
	Ref    person.Ref
	Person person.Person
	Listing
}

// List reads one user and the passes of that user side by side.
func (d *Desk) List(ctx context.Context, ref person.Ref) (Holding, error) {
	h := Holding{Ref: ref, Person: named(ref)}
	var personErr, listErr error
	g := new(errgroup.Group)
	g.Go(func() error { personErr = d.readPerson(ctx, ref, &h.Person); return nil })
	g.Go(func() error { h.Listing, listErr = d.Passes.List(ctx, string(ref)); return nil })
	_ = g.Wait()
	err := readError(personErr, listErr, h.Person.Known())
	if err != nil {
		return h, d.denied(ctx, err, permission.ListPasses, h.Person).For("listing passes", string(ref))
	}
	return h, nil
}

// readPerson reads the user, if it may be read. Not being allowed to is no error: the command goes on without.
func (d *Desk) readPerson(ctx context.Context, ref person.Ref, into *person.Person) error {
	p, err := d.People.Person(ctx, ref)
	if slugOf(err) == errs.Denied {
		d.Notice("the directory may not be read with this sign-in (permission " + permission.ReadUser.Least + "): names, guests and disabled accounts are not seen")
		return nil
	}
	if err == nil {
		*into = p
	}
	return err
}

// readError is the one error of the two reads: the directory's first, since it knows whether there is such a
// user. The pass path's 404 for a user whom the directory has shown is a new user: busy.
func readError(personErr, listErr error, shown bool) error {
	if personErr != nil {
		return personErr
	}
	if slugOf(listErr) != errs.NotFound || !shown {
		return listErr
	}
	return notReplicated(errs.Of(listErr))
}

func notReplicated(missing *errs.Error) error {
	e := *missing
	e.Slug, e.Reason = errs.Busy, errs.NotReplicated
	e.Why = "the directory knows this user, the pass service does not yet: new users take some seconds to some minutes (" + e.Why + ")"
	return &e
}

// denied explains a 403 on the passes of a user to this caller.
func (d *Desk) denied(ctx context.Context, err error, o *permission.Operation, p person.Person) *errs.Error {
	if errors.Is(err, errStrict) {
		return errs.Of(err)
	}
	user := p.ID
	if user == "" {
		user = p.UserPrincipalName
	}
	return d.denials().Explain(ctx, errs.Of(err), o, denial.Target{User: user, ID: p.ID, External: p.External})
}

// Denied explains a 403 on one of many users: nothing is looked up for each of them, only for who is signed in.
func (d *Desk) Denied(ctx context.Context, err error, o *permission.Operation) *errs.Error {
	return d.denials().Explain(ctx, errs.Of(err), o, denial.Target{Many: true})
}

func (d *Desk) denials() denial.Desk {
	return denial.Desk{Directory: d.Directory, Application: d.Application, Caller: d.Caller, Permissions: d.Permissions}
}

// named is what is known of a user before the directory was asked.
func named(ref person.Ref) person.Person {
	if ref.IsID() {
		return person.Person{ID: string(ref)}
	}
	return person.Person{UserPrincipalName: string(ref)}
}

func slugOf(err error) errs.Slug {
	if err == nil {
		return ""
	}
	return errs.Of(err).Slug
}
