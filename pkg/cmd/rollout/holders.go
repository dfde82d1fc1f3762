package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

// Holders are the flags that name many users, or everybody who holds a pass.
type Holders struct {
	Users
	All, Deep bool
}

// Register declares them.
func (h *Holders) Register(f *pflag.FlagSet) {
	h.Users.Register(f)
	f.BoolVar(&h.All, "all", false, "everybody who is known to hold a pass, by the registration report and by this machine's record")
	f.BoolVar(&h.Deep, "deep", false, "with --all: ask for every user of the tenant instead, after a confirmation")
}

// Many reports whether a roster, a group or everybody was named.
func (h *Holders) Many() bool { return h.Users.Many() || h.All }

// Validate finds that users were named in two ways, and what nobody can be asked about.
func (h *Holders) Validate(f *cmdutil.Factory, users []string, help string) error {
	switch {
	case h.All && (h.Users.Many() || len(users) > 0):
		return errs.Usage("--all names everybody: give no users, no --file and no --group with it", help)
	case h.Deep && !h.All:
		return errs.Usage("--deep is for everybody: it goes with --all", "--all --deep")
	case h.Deep:
		return f.CanSpend()
	case h.All:
		return f.Reports("--all --deep")
	}
	return h.Alone(users, help)
}

// Holdings reads the users and their passes, and returns the desk to go on at.
func (h *Holders) Holdings(ctx context.Context, f *cmdutil.Factory, t *cmdutil.Target) (*rollout.Desk, []rollout.Holding, error) {
	desk := deskOf(t, rollout.Rate{})
	job := rollout.Job{Concurrency: readers}
	var err error
	switch {
	case !h.All:
		return h.Users.Holdings(ctx, f, t)
	case h.Deep:
		job.Items, err = everybody(ctx, f, t, desk)
		job.Reads = rollout.NewGate(deepRate(), clock{})
	default:
		job.Items, err = holders(ctx, f, t, desk)
	}
	if err != nil {
		return nil, nil, err
	}
	held, err := desk.Holdings(ctx, job)
	if err != nil {
		return nil, nil, err
	}
	there, gone := rollout.Present(held)
	if gone > 0 {
		f.Say.Notice(errs.Count(gone, "user") + " of them are not in the tenant any more")
	}
	return desk, there, nil
}

// readsPerSecond is how fast the passes of a whole tenant are read. No limit is published for these reads; of the directory's own, 350
// calls a second in the smallest tenants, this leaves the rest to others.
// https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits
const readsPerSecond = 100

func deepRate() (r rollout.Rate) {
	_ = r.Set(fmt.Sprintf("%d/s", readsPerSecond)) // a number is a rate
	return r
}

// everybody is every user of the tenant, once somebody agreed to so many requests.
func everybody(ctx context.Context, f *cmdutil.Factory, t *cmdutil.Target, desk *rollout.Desk) ([]rollout.Item, error) {
	items, err := desk.Everybody(ctx, t.All)
	if err != nil {
		return nil, err
	}
	requests := (len(items) + rollout.AtOnce - 1) / rollout.AtOnce
	long := max(time.Second, time.Duration(len(items))*time.Second/readsPerSecond).Round(time.Second)
	f.Say.Notice(fmt.Sprintf("plan: the passes of all %s are read, in %s of up to %d reads each, in about %s",
		errs.Count(len(items), "user"), errs.Count(requests, "request"), rollout.AtOnce, long))
	return items, f.Spend(ctx, fmt.Sprintf("Send %s to %s?", errs.Count(requests, "request"), t.Title), "tap list --all")
}

// holders are who is known to hold a pass. What this cannot know is said.
func holders(ctx context.Context, f *cmdutil.Factory, t *cmdutil.Target, desk *rollout.Desk) ([]rollout.Item, error) {
	recorded := recordedHolders(f, t)
	c, err := desk.Census(ctx, t.All, recorded)
	if err != nil {
		return nil, err
	}
	f.Say.Notice(reported(c, f.ShowZone()))
	f.Say.Notice("not in the report: what happened since, and disabled accounts, such as those of new hires; that it lists passes at all is not documented. --deep asks for every user")
	if c.Listed == 0 && len(recorded) > 0 {
		f.Say.Warning(fmt.Sprintf("the report lists no pass at all, and this machine's record knows %s who got one: the report may not list passes in this tenant, only --deep finds all",
			errs.Count(len(recorded), "user")))
	}
	return c.Items, nil
}

// recordedHolders are who got a pass from this machine. Without a record that can be read nobody did, which is said.
func recordedHolders(f *cmdutil.Factory, t *cmdutil.Target) []person.Ref {
	log := f.Record()
	if log.Dir == "" {
		return nil
	}
	events, _, err := log.Read()
	if err != nil {
		f.Say.Warning("who got a pass from this machine is not known: " + err.Error())
	}
	return record.Holders(events, t.TenantID)
}

// reported says what the report has, and as of when.
func reported(c rollout.Census, zone *time.Location) string {
	at := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	as := "it does not say as of when"
	switch {
	case !c.Newest.IsZero() && at(c.Oldest) == at(c.Newest):
		as = "as of " + at(c.Newest)
	case !c.Newest.IsZero():
		as = fmt.Sprintf("its newest row as of %s, its oldest of %s", at(c.Newest), at(c.Oldest))
	}
	text := fmt.Sprintf("the registration report has %s, %s: it lists a pass of %d", errs.Count(c.Rows, "user"), as, c.Listed)
	if c.Recorded > 0 {
		text += fmt.Sprintf("; this machine's record adds %d", c.Recorded)
	}
	return text
}
