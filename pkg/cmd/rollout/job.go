package rollout

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/denial"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/roster"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// savedJob is what a run was asked to do, so that it can go on without its roster. The first part makes it this run
// and no other.
type savedJob struct {
	Cloud   string            `json:"cloud"`
	Tenant  string            `json:"tenant"`
	Group   string            `json:"group,omitempty"` // object id: the rows are its members then
	Rows    []savedRow        `json:"rows,omitempty"`
	Request map[string]string `json:"request"` // the request flags as typed

	// The rest is not part of its identity.

	Begun     time.Time     `json:"begun"` // by the service's clock: what relative times count from
	Members   []savedRow    `json:"members,omitempty"`
	Columns   []string      `json:"columns,omitempty"`
	IfExists  pass.IfExists `json:"ifExists"`
	Reach     bool          `json:"allowPrivileged,omitempty"`
	Wait      time.Duration `json:"wait"`
	Out       string        `json:"out,omitempty"`      // "": it goes into the vault alone
	Keyvault  string        `json:"keyvault,omitempty"` // the vault's address
	Recipient []string      `json:"recipients,omitempty"`
	Command   string        `json:"command"` // as typed
}

// savedRow is a row with its times resolved: relative ones would mean something else later.
type savedRow struct {
	Line     int          `json:"line"`
	Keys     []person.Key `json:"keys"`
	Start    string       `json:"start,omitempty"` // as typed in the roster
	End      string       `json:"end,omitempty"`
	Lifetime string       `json:"lifetime,omitempty"`
	OneTime  *bool        `json:"oneTime,omitempty"`
	Zone     string       `json:"timeZone,omitempty"`
	Carried  []string     `json:"carried,omitempty"`
	From     *time.Time   `json:"from,omitempty"`  // the start that was worked out
	Until    *time.Time   `json:"until,omitempty"` // the end
}

// identity is the hash of what makes the job this one.
func (j *savedJob) identity() string {
	sum := sha256.New()
	out := json.NewEncoder(sum) // a hash takes everything
	_ = out.Encode(savedJob{Cloud: j.Cloud, Tenant: j.Tenant, Group: j.Group, Request: j.Request})
	for _, r := range j.Rows {
		r.From, r.Until = nil, nil
		_ = out.Encode(r)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (j *savedJob) rows() []savedRow {
	if j.Group != "" {
		return j.Members
	}
	return j.Rows
}

// place is where the result is: a file, - for stdout, or a vault.
func (j *savedJob) place() string { return cmp.Or(j.Out, j.Keyvault) }

// readUsers reads the roster or the group. A row of a roster asks for nothing else than what is locked.
func readUsers(ctx context.Context, f *cmdutil.Factory, fl Users, t *cmdutil.Target, lock roster.Lock, into *savedJob) error {
	r, err := fl.Read(f, lock)
	if err != nil {
		return err
	}
	return fl.take(ctx, t, r, into)
}

// take is the rows of the roster, or of the group where there is none.
func (u *Users) take(ctx context.Context, t *cmdutil.Target, r *roster.Roster, into *savedJob) error {
	if r != nil {
		into.Columns = r.Columns
		for _, row := range r.Rows {
			into.Rows = append(into.Rows, saveRow(row))
		}
		return nil
	}
	g, err := t.Many.Members(ctx, u.Group)
	if err != nil {
		return t.Policy.Denials.Explain(ctx, errs.Of(err), permission.ReadMembers, denial.Target{})
	}
	into.Group = g.ID
	for i, u := range g.Users {
		into.Members = append(into.Members, savedRow{Line: i + 1, Keys: []person.Key{{Kind: person.ByRef, Value: u.ID}}})
	}
	if len(into.Members) == 0 {
		return errs.Usage("the group "+u.Group+" has no users", "--file new-hires.csv")
	}
	return nil
}

// Read reads the roster and tells its faults, and the rows that ask for something else than what is locked. Who is in a group is not known before there is a tenant: nil.
func (u *Users) Read(f *cmdutil.Factory, lock roster.Lock) (*roster.Roster, error) {
	if u.File == "" {
		return nil, nil
	}
	r, err := readRoster(f, u.File, lock)
	if err != nil {
		return nil, tellFaults(f, err)
	}
	return r, nil
}

// Follow reads the users of the roster, or of the group where that is nil, with their passes and methods, in the order of the roster.
func (u *Users) Follow(ctx context.Context, t *cmdutil.Target, r *roster.Roster) ([]rollout.Following, error) {
	saved := &savedJob{}
	if err := u.take(ctx, t, r, saved); err != nil {
		return nil, err
	}
	return deskOf(t, rollout.Rate{}).Follow(ctx, saved.reading())
}

// Holdings reads the users of a roster or a group and their passes, in the order of the roster, and returns the desk to go on at.
func (u *Users) Holdings(ctx context.Context, f *cmdutil.Factory, t *cmdutil.Target) (*rollout.Desk, []rollout.Holding, error) {
	saved := &savedJob{}
	if err := readUsers(ctx, f, *u, t, roster.Lock{}, saved); err != nil {
		return nil, nil, err
	}
	desk := deskOf(t, rollout.Rate{})
	held, err := desk.Holdings(ctx, saved.reading())
	return desk, held, err
}

// reading is the job of a command that only reads the rows' users.
func (j *savedJob) reading() rollout.Job {
	job := rollout.Job{Concurrency: readers}
	for _, r := range j.rows() {
		job.Items = append(job.Items, rollout.Item{Line: r.Line, Key: r.Keys[0], Also: r.Keys[1:]})
	}
	return job
}

// readers is how many batches of reads are under way at once.
const readers = 8

// mostFaults is how many faults of a roster are told.
const mostFaults = 20

// tellFaults tells each fault of a roster on a line of its own, for people, and returns the error with their number.
func tellFaults(f *cmdutil.Factory, err error) error {
	var faults *roster.Faults
	if !errors.As(err, &faults) || f.Globals.Output.IsJSON() {
		return err
	}
	tellEach(f, faults)
	e := *errs.Of(err)
	e.Why = "the roster has faults, and nothing was sent"
	return &e
}

// tellEach tells the first faults.
func tellEach(f *cmdutil.Factory, faults *roster.Faults) {
	for _, fault := range faults.All[:min(len(faults.All), mostFaults)] {
		f.Say.Prompt(fault.String())
	}
	if more := len(faults.All) - mostFaults; more > 0 {
		f.Say.Prompt(fmt.Sprintf("and %d more", more))
	}
}

func readRoster(f *cmdutil.Factory, path string, lock roster.Lock) (*roster.Roster, error) {
	if path == "-" {
		return roster.ReadLocked(path, f.Streams.In, lock)
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, errs.Local("reading the roster", path, err, "--file new-hires.csv")
	}
	defer in.Close()
	r, err := roster.ReadLocked(path, io.Reader(in), lock)
	if errors.Is(err, roster.ErrEncrypted) {
		opened := inClear(path)
		return nil, errs.Of(err).Hint("tap result export " + cmdutil.Quoted(path) + " --identity key.txt --out " + cmdutil.Quoted(opened)).Hint("--file " + cmdutil.Quoted(opened))
	}
	return r, err
}

// inClear is what an encrypted file may be called once it is opened: a name that is a roster's, too.
func inClear(path string) string {
	name := filepath.Base(path)
	if strings.EqualFold(filepath.Ext(name), ".age") {
		name = name[:len(name)-len(".age")]
	}
	if ext := strings.ToLower(filepath.Ext(name)); ext != ".csv" && ext != ".xlsx" {
		name += ".csv"
	}
	return name
}

func saveRow(r roster.Row) savedRow {
	s := savedRow{Line: r.Line, Keys: []person.Key{keyOf(r.Who)}, Start: r.Start.String(), End: r.End.String(), Lifetime: r.Lifetime.String(), OneTime: r.OneTime, Carried: r.Carried}
	for _, w := range r.Also {
		s.Keys = append(s.Keys, keyOf(w))
	}
	if r.Zone != nil {
		s.Zone = r.Zone.String()
	}
	return s
}

func keyOf(w roster.Who) person.Key {
	kind := person.ByRef
	switch w.Kind {
	case roster.ByMail:
		kind = person.ByMail
	case roster.ByEmployeeID:
		kind = person.ByEmployeeID
	}
	return person.Key{Kind: kind, Value: w.Value}
}

// wish is what is asked for a row: its own values over those of the flags.
func (s savedRow) wish(base pass.Wish) (pass.Wish, error) {
	if s.Zone != "" {
		z, err := when.LoadZone(s.Zone)
		if err != nil {
			return base, errs.Usage(err.Error())
		}
		base.Zone = z
	}
	if s.OneTime != nil {
		base.OneTime = s.OneTime
	}
	set := func(text string, into interface{ Set(string) error }) error {
		if text == "" {
			return nil
		}
		return into.Set(text)
	}
	if s.End != "" {
		base.Lifetime = when.Duration{}
	}
	if s.Lifetime != "" {
		base.Until = when.Time{}
	}
	for _, err := range []error{set(s.Start, &base.Start), set(s.End, &base.Until), set(s.Lifetime, &base.Lifetime)} {
		if err != nil {
			return base, errs.Usage(err.Error())
		}
	}
	return base, nil
}

// items are the rows as a run takes them, their times worked out once.
func (j *savedJob) items(base pass.Wish) ([]rollout.Item, error) {
	rows := j.rows()
	items := make([]rollout.Item, len(rows))
	var last *pass.Wish
	for i := range rows {
		w, err := rows[i].wish(base)
		if err != nil {
			return nil, err
		}
		if !rows[i].pinned(w) {
			if err := w.Check(); err != nil {
				return nil, err
			}
		}
		if w, err = rows[i].pin(w, j.Begun); err != nil {
			return nil, err
		}
		if last == nil || *last != w {
			last = &w // most rows ask for the same
		}
		items[i] = rollout.Item{Line: rows[i].Line, Key: rows[i].Keys[0], Also: rows[i].Keys[1:], Wish: last}
	}
	return items, nil
}

// pinned reports whether the times of the row were worked out already.
func (s *savedRow) pinned(w pass.Wish) bool {
	return (w.Start.IsZero() || s.From != nil) && (w.Until.IsZero() || s.Until != nil)
}

// pin works out the times of a row, the first time that it is asked; later they are what they were.
func (s *savedRow) pin(w pass.Wish, begun time.Time) (pass.Wish, error) {
	for _, t := range []struct {
		at   *when.Time
		kept **time.Time
	}{{&w.Start, &s.From}, {&w.Until, &s.Until}} {
		if *t.kept == nil {
			if t.at.IsZero() {
				continue
			}
			at, err := t.at.Resolve(begun, w.Zone)
			if err != nil {
				return w, errs.Usage(err.Error())
			}
			at = at.UTC().Truncate(time.Second)
			*t.kept = &at
		}
		if err := t.at.Set((*t.kept).Format(time.RFC3339)); err != nil {
			return w, errs.Usage(err.Error())
		}
	}
	return w, nil
}
