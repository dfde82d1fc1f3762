package policy

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// Microsoft's bounds of any policy:
// https://learn.microsoft.com/graph/api/resources/temporaryaccesspassauthenticationmethodconfiguration
const (
	ShortestCode     = 8 // characters
	LongestCode      = 48
	ShortestLifetime = 10 * time.Minute
	LongestLifetime  = 30 * 24 * time.Hour
)

// lifetimes are the three that bound each other.
type lifetimes struct{ minimum, standard, maximum time.Duration }

func (p Policy) lifetimes() lifetimes {
	return lifetimes{p.MinimumLifetime, p.DefaultLifetime, p.MaximumLifetime}
}

// contradicts says in words what is wrong between the three, "" where nothing is.
func (l lifetimes) contradicts() string {
	switch {
	case l.minimum > l.maximum:
		return fmt.Sprintf("the minimum lifetime of %s would be above the maximum of %s", typed(l.minimum), typed(l.maximum))
	case l.standard < l.minimum:
		return fmt.Sprintf("the default lifetime of %s would be below the minimum of %s", typed(l.standard), typed(l.minimum))
	case l.standard > l.maximum:
		return fmt.Sprintf("the default lifetime of %s would be above the maximum of %s", typed(l.standard), typed(l.maximum))
	}
	return ""
}

// mended puts the three in order. Of two that contradict each other the one that was asked for stays; of two that were
// asked for, both change places.
func (l lifetimes) mended(askedMinimum, askedMaximum bool) lifetimes {
	if l.minimum > l.maximum {
		switch {
		case askedMinimum && askedMaximum:
			l.minimum, l.maximum = l.maximum, l.minimum
		case askedMaximum:
			l.minimum = l.maximum
		default:
			l.maximum = l.minimum
		}
	}
	l.standard = max(l.minimum, min(l.maximum, l.standard))
	return l
}

// flags are the flags of `tap policy set` that turn l into to.
func (l lifetimes) flags(to lifetimes) string {
	var words []string
	for _, f := range []struct {
		name     string
		from, to time.Duration
	}{
		{"--min-lifetime", l.minimum, to.minimum},
		{"--default-lifetime", l.standard, to.standard},
		{"--max-lifetime", l.maximum, to.maximum},
	} {
		if f.from != f.to {
			words = append(words, f.name, typed(f.to))
		}
	}
	return strings.Join(words, " ")
}

// contradiction is the usage error of a policy as it would be, with the flags that mend it.
func (c Change) contradiction(next Policy) error {
	l := next.lifetimes()
	why := l.contradicts()
	if why == "" {
		return nil
	}
	return errs.Usage(why, l.flags(l.mended(c.MinimumLifetime != nil, c.MaximumLifetime != nil)))
}
