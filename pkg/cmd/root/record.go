package root

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
)

// recordStore is where the local record lies: that of the sandbox apart from that of tenants. Where this machine has no state folder, nowhere.
func (o *opener) recordStore() record.Store {
	s := record.Store{Files: o.process.files(), Name: record.Real}
	if o.flags.isSandbox() {
		s.Name = record.Rehearsal
	}
	if dir, err := stateFolder(o.process.Getenv); err == nil {
		s.Dir = filepath.Join(dir, "record")
	}
	return s
}

// record is the local record as this command adds to it. t is where it works; nil: on this machine alone.
func (o *opener) record(t *cmdutil.Target) *record.Log {
	p := o.process
	l := &record.Log{Store: o.recordStore(), Now: time.Now, Warn: o.say.Warning, Scene: record.Scene{
		Command:   strings.TrimPrefix(p.cmd.CommandPath(), p.cmd.Root().Name()+" "),
		LocalUser: cmp.Or(p.Getenv("USER"), p.Getenv("LOGNAME"), p.Getenv("USERNAME")),
		Profile:   p.chosen.Profile, Ticket: o.flags.Ticket, Justification: o.flags.Reason,
	}}
	if t != nil {
		l.TenantID, l.Cloud, l.Identity = t.TenantID, t.Cloud, t.Identity
	}
	if f := p.cmd.Flags().Lookup("allow-privileged"); f != nil {
		l.AllowPrivileged = f.Value.String() == "true"
	}
	if socket := p.chosen.Machine.Syslog; socket != nil {
		dial := sync.OnceValues(func() (func([]byte) error, error) { return dialSyslog(*socket) })
		l.Also = func(line []byte) error {
			send, err := dial()
			if err != nil {
				return err
			}
			return send(line)
		}
	}
	return l
}

// recorded puts the local record before all that the rules write to t. A command that is going to write finds out here that it could not be recorded.
func (o *opener) recorded(t *cmdutil.Target) error {
	l := o.record(t)
	t.Record = l
	t.Policy.Service = record.Policy{Service: t.Policy.Service, Log: l}
	t.Desk.Passes = record.Passes{Service: t.Desk.Passes, Log: l}
	t.Desk.People = record.People{Directory: t.Desk.People, Log: l}
	t.Desk.Refused = l.Refused
	t.Many = record.Tenant{Tenant: t.Many, Log: l}
	t.Evidence = evidence{t.Evidence, l}
	t.Desk.Access = t.Evidence
	if !o.process.writes() {
		return nil
	}
	return l.Ready()
}

// evidence records what undoes what happened to a user.
type evidence struct {
	cmdutil.Evidence
	log *record.Log
}

func (e evidence) DeleteMethod(ctx context.Context, user string, m person.Method) error {
	item := record.About(user, "")
	item.Method, item.MethodID = m.Type, m.ID
	return e.log.Do(record.DeleteMethod, item, record.Deleted, func() error { return e.Evidence.DeleteMethod(ctx, user, m) })
}

func (e evidence) RevokeSessions(ctx context.Context, user string) error {
	return e.log.Do(record.EndSessions, record.About(user, ""), record.Ended, func() error { return e.Evidence.RevokeSessions(ctx, user) })
}
