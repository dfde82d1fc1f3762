package pass

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// now is the service's time in all tests.
var now = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// account is a user of the tenant, with what the service says about a pass.
type account struct {
	person.Person
	held *pass.Pass
	err  error  // of every call about this user
	code string // the passcode of the next pass
	hook func() // called with every call about this user
	made *pass.Request
}

// tenant implements what the rules ask of the outside, by user principal name or object id.
type tenant []*account

func (t tenant) find(user string) (*account, error) {
	for _, a := range t {
		if a.ID == user || a.UserPrincipalName == user {
			if a.hook != nil {
				a.hook()
			}
			return a, a.err
		}
	}
	return nil, &errs.Error{Slug: errs.NotFound, Why: "the tenant has no such user", RequestID: "r-404"}
}

func (t tenant) Person(_ context.Context, ref person.Ref) (person.Person, error) {
	a, err := t.find(string(ref))
	if err != nil {
		return person.Person{}, err
	}
	return a.Person, nil
}

func (t tenant) Roles(context.Context, person.Ref) ([]string, error) { return nil, nil }

func (t tenant) MemberOf(context.Context, person.Ref, []string) ([]string, error) { return nil, nil }

func (t tenant) Policy(context.Context) (policy.Policy, error) {
	return policy.Policy{
		Enabled: true, MinimumLifetime: time.Hour, MaximumLifetime: 8 * time.Hour, Include: []policy.Target{{ID: policy.Everybody, Type: "group"}},
	}, nil
}

func (t tenant) List(_ context.Context, user string) (pass.Listing, error) {
	a, err := t.find(user)
	if err != nil || a.held == nil {
		return pass.Listing{At: now}, err
	}
	return pass.Listing{Passes: []pass.Pass{*a.held}, At: now}, nil
}

func (t tenant) Create(_ context.Context, user string, r pass.Request) (pass.Created, error) {
	a, err := t.find(user)
	if err != nil {
		return pass.Created{}, err
	}
	p := pass.Pass{ID: "p-" + a.UserPrincipalName[:4], Created: now, Start: now, Lifetime: time.Hour}
	if r.Start != nil {
		p.Start = *r.Start
	}
	if r.Lifetime != nil {
		p.Lifetime = *r.Lifetime
	}
	if r.OneTime != nil {
		p.OneTime = *r.OneTime
	}
	a.made, a.held = &r, &p
	return pass.Created{Pass: p, Passcode: secret.New(a.code), At: now, RequestID: "r-201"}, nil
}

func (t tenant) Delete(_ context.Context, user, _ string) error {
	a, err := t.find(user)
	if err == nil {
		a.held = nil
	}
	return err
}

// The people of the tests. Eve has a name that clears the screen, Nils a passcode that HTML would mangle.
func contoso() (t tenant, adele, nils, eve *account) {
	adele = &account{Person: person.Person{ID: "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11", UserPrincipalName: "adele@contoso.com", DisplayName: "Adele Vance"}, code: "+drkzqAD"}
	nils = &account{Person: person.Person{ID: "1a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e22", UserPrincipalName: "nils@contoso.com", DisplayName: "Nils <Nil> & Co", Disabled: true}, code: `<&>"\'=`}
	eve = &account{Person: person.Person{ID: "2a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e33", UserPrincipalName: "eve@contoso.com", DisplayName: "Eve\x1b[2J\nExit\u202e"}, code: "nc+&G=xw"}
	return tenant{adele, nils, eve}, adele, nils, eve
}

func usable() *pass.Pass {
	return &pass.Pass{ID: "p-old", Created: now, Start: now, Lifetime: time.Hour}
}

// session is one run of a command.
type session struct {
	tty     bool // a person at a terminal, whose zone is --tz
	columns int
	colour  bool
	ci      *runner.Runner // the CI system around the process
	typed   string
	out     io.Writer // in place of a buffer
	reports error     // that the cloud has none
	ctx     context.Context
}

// ran is how a run ended, as a shell sees it.
type ran struct {
	stdout, stderr string
	exit           int
}

// factory reads the global flags that matter here as root does.
func factory(s session, desk pass.Desk) (*cmdutil.Factory, func(*cobra.Command), *bytes.Buffer, *bytes.Buffer) {
	var stdout, stderr bytes.Buffer
	f := &cmdutil.Factory{
		Streams: &terminal.Streams{In: strings.NewReader(s.typed), Out: &stdout, Err: &stderr, InTTY: s.tty, OutTTY: s.tty, ErrTTY: s.tty, Columns: s.columns},
		Say:     &cmdutil.Say{W: &stderr},
		Globals: &cmdutil.Globals{Output: output.Table},
		Colour:  s.colour, Runner: s.ci,
	}
	if s.ci != nil {
		f.Say.Guard, f.Say.GuardJSON = runner.Defuse, runner.DefuseJSON
	}
	if s.out != nil {
		f.Streams.Out = s.out
	}
	desk.Notice = f.Say.Notice
	f.Target = func(context.Context) (*cmdutil.Target, error) {
		return &cmdutil.Target{Title: "tenant Contoso", TenantID: "t-1", SignIn: "https://aka.ms/mysecurityinfo", Desk: desk}, nil
	}
	globals := func(c *cobra.Command) {
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetOut(&stdout)
		c.SetErr(&stderr)
		c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errs.Usage(err.Error()) })
		fl := c.Flags()
		fl.VarP(&f.Globals.Output, "output", "o", "")
		fl.StringSliceVar(&f.Globals.Columns, "columns", nil, "")
		fl.BoolVar(&f.Globals.NoHeader, "no-header", false, "")
		fl.BoolVarP(&f.Globals.Yes, "yes", "y", false, "")
		fl.BoolVar(&f.Globals.NoInput, "no-input", false, "")
		fl.BoolVarP(&f.Say.Quiet, "quiet", "q", false, "")
		fl.Func("tz", "", func(name string) (err error) { f.Globals.Zone, err = when.LoadZone(name); return err })
	}
	return f, globals, &stdout, &stderr
}

// run runs a command line: "create adele@contoso.com -o json". It tells an error as root does.
func run(t *testing.T, s session, people tenant, line ...string) ran {
	t.Helper()
	f, globals, stdout, stderr := factory(s, pass.Desk{Passes: people, People: people, Policy: people, Now: func() time.Time { return now }})
	commands := map[string]*cobra.Command{"create": NewCmdCreate(f, nil), "list": NewCmdList(f, nil), "delete": NewCmdDelete(f, nil)}
	c := commands[line[0]]
	globals(c)
	c.SetArgs(line[1:])
	ctx := s.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	err := c.ExecuteContext(ctx)
	switch {
	case err == nil:
	case f.Globals.Output.IsJSON():
		f.Say.ErrorJSON(err)
	default:
		f.Say.Error(err)
	}
	return ran{stdout.String(), stderr.String(), errs.ExitCode(err)}
}

// full is a stdout that takes some bytes and then no more.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, fmt.Errorf("no space left on device")
	}
	return len(b), nil
}
