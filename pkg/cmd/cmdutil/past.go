package cmdutil

import (
	"errors"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// Past is the point in time that a flag names, seen from now, zero where it was not given; what is wrong with it is a usage error.
func (f *Factory) Past(flag string, p when.Past, now time.Time) (time.Time, error) {
	if p.IsZero() {
		return time.Time{}, nil
	}
	t, err := p.Resolve(now, f.ReadZone())
	if err != nil {
		return t, wrongPast(flag, err)
	}
	return t.UTC(), nil
}

// CheckPast finds what is wrong with it before there is a now.
func (f *Factory) CheckPast(flag string, p when.Past) error {
	if err := p.Check(f.ReadZone()); err != nil {
		return wrongPast(flag, err)
	}
	return nil
}

func wrongPast(flag string, err error) error {
	if errors.Is(err, when.ErrNoZone) {
		return errs.Usage("--"+flag+": "+err.Error(), "--tz Europe/Helsinki")
	}
	return errs.Usage("--"+flag+": "+err.Error(), "--"+flag+" 7d")
}
