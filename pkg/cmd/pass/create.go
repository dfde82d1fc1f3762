// Package pass holds the commands that work on passes: create, list, delete.
// It must not decide what becomes of a user (pkg/pass does), nor know how Graph is reached.
package pass

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// CreateOptions are what `tap create` needs, then what the user said.
type CreateOptions struct {
	*cmdutil.Factory

	Users           []string
	Many            rolloutcmd.Flags
	Request         map[string]string // the flags that say what is asked for, as typed
	Command         string            // the whole, for people
	Wish            pass.Wish
	OneTime         bool
	MultiUse        bool
	Preset          string
	IfExists        ifExists
	Replace         bool
	AllowPrivileged bool
	DryRun          bool
	CISecret        string
	Wait            time.Duration

	refs  []person.Ref
	shown secret.Text // before it was sure that it stays
}

// NewCmdCreate returns `tap create`. runF replaces the run in tests.
func NewCmdCreate(f *cmdutil.Factory, runF func(context.Context, *CreateOptions) error) *cobra.Command {
	o := &CreateOptions{Factory: f}
	c := &cobra.Command{
		Use:   "create <user>...",
		Short: "Create a Temporary Access Pass for each user",
		Long: `Create a Temporary Access Pass for each user, and print its passcode: the service tells it this once.

Only what is asked for is sent; the tenant's policy decides the rest. A user who holds a pass
that is not expired or used keeps it, unless --replace or --if-exists says otherwise: a new
pass ends the old one at once.

The service does not keep an application from administrators. So an application is refused users who
hold a directory role, unless --allow-privileged is given; where roles may not be read, the users who
are named go on, with one notice.

A start is a time such as "2026-12-01 08:00", "tomorrow 08:00", "monday 08:00", +2h, or RFC 3339.
A lifetime is 90m, 8h, 3d, PT8H, or minutes as a number.

Many users come from a roster (--file) or a group (--group). What becomes of each is planned, shown and confirmed, then made in batches
as fast as the service lets it, and kept in a journal: the same command goes on with a run that was cut off. The result is one file,
encrypted where its name ends in .age. A roster is CSV or XLSX with a header: user, objectId, mail or employeeId, and where wanted
start, end, timeZone, lifetime, oneTime; all other columns are carried over into the result.`,
		Example: `  # A pass for somebody on the phone
  tap create adele.vance@contoso.com

  # One that works from Monday morning in Helsinki, once, for two hours
  tap create adele.vance@contoso.com --start "monday 08:00" --tz Europe/Helsinki --lifetime 2h --one-time

  # Just the passcode, for a script
  code=$(tap create adele.vance@contoso.com --replace -o value)

  # A pass for each row of a roster, in a file; the same command goes on after a crash
  printf 'user,lifetime\nadele.vance@contoso.com,2h\nalex.wilber@contoso.com,\n' >new-hires.csv
  tap create --file new-hires.csv --dry-run
  tap create --file new-hires.csv --out passes.csv --yes`,
		Annotations: map[string]string{cmdutil.MayRun: "true", cmdutil.Writes: "true", cmdutil.Requests: "true"},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Users = args
			if err := o.ciSecretAlone(cmd); err != nil {
				return err
			}
			o.Request, o.Command = o.typed(cmd)
			if err := o.Many.Validate(cmd.Flags().Changed, o.DryRun); err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return createRun(cmd.Context(), o)
		},
	}
	o.register(c.Flags())
	return c
}

// register declares the flags.
func (o *CreateOptions) register(fl *pflag.FlagSet) {
	fl.Var(&o.Wish.Start, "start", "when the pass begins to work; default: at once")
	fl.Var(&o.Wish.Until, "until", "when the pass ends, instead of --lifetime")
	fl.Var(&o.Wish.Lifetime, "lifetime", "how long the pass works, 10m to 30d; default: the policy's")
	cmdutil.SwitchVar(fl, &o.OneTime, "one-time", "the pass works once; default: the policy decides")
	cmdutil.SwitchVar(fl, &o.MultiUse, "multi-use", "the pass works until it ends")
	fl.StringVar(&o.Preset, "preset", "", "request flags by a name that the machine settings give them, such as lost-key")
	fl.Var(&o.IfExists, "if-exists", "what to do for a user who holds a pass")
	fl.BoolVar(&o.Replace, "replace", false, "end a pass that the user holds, without looking; the same as --if-exists replace")
	fl.BoolVar(&o.AllowPrivileged, "allow-privileged", false, "as an application, also for users who hold a directory role")
	fl.Var((*variable)(&o.CISecret), "ci-secret", "in a CI job: print nothing, and hand the passcode to later steps as this secret variable")
	fl.Var((*when.Span)(&o.Wait), "wait", "wait so long for a user whom the service does not know yet, such as 60s")
	o.Many.Register(fl)
	fl.BoolVar(&o.DryRun, "dry-run", false, "read everything, send nothing, print what would become of each user")
}

// ifExists is the value of --if-exists.
type ifExists pass.IfExists

func (i *ifExists) Set(s string) error {
	switch v := pass.IfExists(s); v {
	case pass.Refuse, pass.Replace, pass.Skip:
		*i = ifExists(v)
		return nil
	}
	return fmt.Errorf("%q is none of refuse, replace, skip", s)
}

func (i *ifExists) String() string { return string(*i) }
func (i *ifExists) Type() string   { return "refuse|replace|skip" }

// Validate finds what is wrong before anything is read or sent.
func (o *CreateOptions) Validate() error {
	var err error
	if err := o.Many.Alone(o.Users, "tap create --help"); err != nil {
		return err
	}
	if o.Many.Many() {
		o.refs = nil
	} else if o.refs, err = refs(o.Users, "tap create user@contoso.com"); err != nil {
		return err
	}
	o.Wish.Zone = o.ReadZone()
	switch {
	case o.OneTime && o.MultiUse:
		return errs.Usage("--one-time and --multi-use contradict each other: give one of them", "tap create --help")
	case o.Replace && o.IfExists != "" && o.IfExists != ifExists(pass.Replace):
		return errs.Usage("--replace and --if-exists "+string(o.IfExists)+" contradict each other: give one of them", "tap create --help")
	case o.Replace && mixed(o.refs):
		return errs.Usage("--replace ends passes without looking, and one user may be named here twice: name all users by object id, or all by name", fmt.Sprintf("tap create %s --replace", o.refs[0].Typed()))
	case o.wantsPasscode() && (len(o.refs) != 1 || o.Many.Many()):
		return errs.Usage("-o value prints the passcode of exactly one user", "--output json")
	case o.wantsPasscode() && o.DryRun:
		return errs.Usage("--dry-run makes no passcode for -o value to print", "--output json")
	}
	if err := o.validateCISecret(); err != nil {
		return err
	}
	if err := cmdutil.CheckOutput(o.Factory, view{}.created(), output.Options{Value: bareValue}); err != nil {
		return err
	}
	o.IfExists = o.ifExists()
	if o.OneTime || o.MultiUse {
		o.Wish.OneTime = &o.OneTime
	}
	return o.Wish.Check()
}

// mixed reports whether some users are named by object id and others by name.
func mixed(refs []person.Ref) bool {
	return slices.ContainsFunc(refs, person.Ref.IsID) && slices.ContainsFunc(refs, func(r person.Ref) bool { return !r.IsID() })
}

// bareValue is the column that -o value prints.
const bareValue = "temporaryAccessPass"

// wantsPasscode reports whether a script asked for the bare passcode.
func (o *CreateOptions) wantsPasscode() bool {
	return o.Globals.Output == output.Value && len(o.Globals.Columns) == 0
}

func (o *CreateOptions) ifExists() ifExists {
	switch {
	case o.Replace:
		return ifExists(pass.Replace)
	case o.IfExists == "":
		return ifExists(pass.Ask)
	}
	return o.IfExists
}

func createRun(ctx context.Context, o *CreateOptions) error {
	if o.Many.Many() {
		return createMany(ctx, o)
	}
	if err := o.Streams.CheckOut(); err != nil {
		return errs.Local("writing the answer", "stdout", err)
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	o.Say.Target(t.Title)
	if err := o.understood(t); err != nil {
		return err
	}
	order := pass.Order{Wish: o.Wish, IfExists: pass.IfExists(o.IfExists), AllowPrivileged: o.AllowPrivileged, DryRun: o.DryRun, Wait: o.Wait}
	if o.CanAsk() {
		order.Confirm = o.confirmReplace
	}
	if o.Streams.OutTTY && o.Globals.Output == output.Table && o.CISecret == "" {
		order.Unconfirmed = o.showUnconfirmed
	}
	var last pass.Result
	err = work(ctx, o.Factory, o.refs, o.printer(t), func(ref person.Ref) pass.Result {
		last = t.Desk.Create(ctx, ref, order)
		o.takeBack(last)
		return last
	})
	if err == nil && len(o.refs) == 1 && last.Outcome == pass.OutcomeSkipped {
		return o.skipped(last)
	}
	return err
}

// skipped tells of the one user who keeps the pass. A script that asked for the passcode itself gets no empty success.
func (o *CreateOptions) skipped(r pass.Result) error {
	why := fmt.Sprintf("%s keeps a pass: %s", r.Person.Name(), r.Pass.Describe(r.At, o.ShowZone()))
	if !o.wantsPasscode() && o.CISecret == "" {
		o.Say.Notice(why)
		return nil
	}
	what := "printing a passcode"
	if o.CISecret != "" {
		what = "setting the variable " + o.CISecret
	}
	return &errs.Error{Slug: errs.Rejected, Reason: errs.HoldsPass, What: what, Whom: string(r.Ref), Why: why, Hints: []string{"--replace"}}
}

// printer prints a card for one user, and else a row a user with the passcode last, where it is never cut.
func (o *CreateOptions) printer(t *cmdutil.Target) output.Printer[pass.Result] {
	v := newView(o.Factory, t)
	if o.CISecret != "" {
		return ciSecret{o.Factory, o.CISecret}
	}
	if o.Globals.Output == output.Table && len(o.Globals.Columns) == 0 && len(o.refs) == 1 && !o.DryRun {
		return card{o.Factory, v}
	}
	return cmdutil.Printer(o.Factory, v.created(), output.Options{Least: v.widths(o.refs), Value: bareValue})
}

// understood shows the times as they were understood.
func (o *CreateOptions) understood(t *cmdutil.Target) error {
	req, err := o.Wish.Request(t.Desk.Now())
	if err != nil {
		if o.IfExists != ifExists(pass.Replace) {
			return nil // the service's clock decides, which the first answer tells
		}
		return err
	}
	if req.Start != nil {
		o.Say.Notice("start: " + when.Show(*req.Start, o.Wish.Zone))
	}
	if !o.Wish.Until.IsZero() && req.Lifetime != nil {
		begin := t.Desk.Now()
		if req.Start != nil {
			begin = *req.Start
		}
		o.Say.Notice(fmt.Sprintf("end: %s, a lifetime of %s", when.Show(begin.Add(*req.Lifetime), o.Wish.Zone), when.Human(*req.Lifetime)))
	}
	return nil
}

// showUnconfirmed shows the code to a person on the phone at once. What is printed in the end is the one that counts.
func (o *CreateOptions) showUnconfirmed(p person.Person, c pass.Created) {
	if o.Runner.Register(o.Streams.Err, c.Passcode) == nil {
		o.shown = c.Passcode
		_, _ = fmt.Fprintf(o.Streams.Out, "Being confirmed, which takes a minute, for %s:\n\n    %s\n\n", o.Say.Safe(p.Name()), c.Passcode.Reveal())
	}
}

// takeBack says of a code that was shown already that it does not work any more.
func (o *CreateOptions) takeBack(r pass.Result) {
	switch {
	case o.shown.IsEmpty(), o.shown == r.Passcode, o.shown.Reveal() == r.Passcode.Reveal():
	case r.Passcode.IsEmpty():
		o.Say.Warning("the code that was shown does not work")
	default:
		o.Say.Warning("the code that was shown before does not work any more: the one below does")
	}
	o.shown = secret.Text{}
}

// confirmReplace shows the pass that is held and asks. --yes does not answer this.
func (o *CreateOptions) confirmReplace(ctx context.Context, p person.Person, held pass.Pass, at time.Time) (bool, error) {
	_, _ = fmt.Fprintf(o.Streams.Err, "%s already holds a pass: %s.\n", o.Say.Safe(p.Name()), held.Describe(at, o.ShowZone()))
	return o.Streams.Confirm(ctx, "End it and create a new one?")
}
