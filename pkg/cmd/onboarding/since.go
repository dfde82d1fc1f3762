package onboarding

import (
	"fmt"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// since is the value of --since: a time, or how long ago it was.
type since struct {
	at  when.Time
	ago when.Duration
}

// Set reads it.
func (s *since) Set(text string) error {
	var v since
	if v.ago.Set(text) != nil {
		v = since{}
		if err := v.at.Set(text); err != nil {
			return err
		}
	}
	*s = v
	return nil
}

// String is it as it was typed.
func (s *since) String() string {
	if s.at.IsZero() && !s.ago.IsZero() {
		return s.ago.String()
	}
	return s.at.String()
}

// Type names it in the help.
func (s *since) Type() string { return "time" }

// check finds what cannot be a time that has passed, or lacks a zone.
func (s *since) check(zone *time.Location) error {
	switch {
	case s.at.IsZero():
		return nil
	case s.at.IsRelative():
		return errs.Usage(fmt.Sprintf("--since %s may lie ahead: give a day, or how long ago it was", cmdutil.Quoted(s.at.String())), "--since 7d", "--since '2026-12-01 08:00'")
	case s.at.NeedsZone() && zone == nil:
		return errs.Usage(fmt.Sprintf("%q is a local time, and there is no terminal whose zone it could be read in", s.at), "--tz Europe/Helsinki")
	}
	if _, err := s.at.Resolve(time.Time{}, zone); err != nil {
		return errs.Usage("--since: "+err.Error(), "--since 7d")
	}
	return nil
}

// resolve is the point in time, zero where none was given. check has seen that it can be told.
func (s *since) resolve(now time.Time, zone *time.Location) time.Time {
	if !s.ago.IsZero() {
		return now.Add(-s.ago.Duration())
	}
	at, err := s.at.Resolve(now, zone)
	if err != nil || s.at.IsZero() {
		return time.Time{}
	}
	return at.UTC()
}
