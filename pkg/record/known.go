package record

import (
	"context"
	"slices"

	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// People is a person.Directory whose users are recorded from then on by object id and by user principal name, whichever a call names.
type People struct {
	person.Directory
	Log *Log
}

// Person reads one user.
func (p People) Person(ctx context.Context, ref person.Ref) (person.Person, error) {
	read, err := p.Directory.Person(ctx, ref)
	if err == nil {
		p.Log.met(read)
	}
	return read, err
}

// met keeps what the directory says that a user is called.
func (l *Log) met(p person.Person) {
	if p.ID == "" || p.UserPrincipalName == "" {
		return
	}
	l.known.Store(person.Ref(p.ID).Key(), p)
	l.known.Store(person.Ref(p.UserPrincipalName).Key(), p)
}

// named adds to each item what its user is called besides, where that was read.
func (l *Log) named(items []Item) []Item {
	items = slices.Clone(items)
	for n := range items {
		i := &items[n]
		switch {
		case i.UserID == "":
			if p, ok := l.known.Load(person.Ref(i.UserPrincipalName).Key()); ok {
				i.UserID = p.(person.Person).ID
			}
		case i.UserPrincipalName == "":
			if p, ok := l.known.Load(person.Ref(i.UserID).Key()); ok {
				i.UserPrincipalName = p.(person.Person).UserPrincipalName
			}
		}
	}
	return items
}
