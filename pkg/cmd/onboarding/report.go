// Package onboarding holds the commands that tell of new users as a whole, how far they are and what was done with passes: one file a command.
// It must not decide what a pass or a method means (pkg/onboarding does) or what an event does (pkg/audit), nor write anything to the tenant.
package onboarding

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// ReportOptions are what `tap report` needs, then what the user said.
type ReportOptions struct {
	*cmdutil.Factory

	Users rolloutcmd.Users
	By    string
	Sum   bool
	Since when.Past
}

// NewCmdReport returns `tap report`. runF replaces the run in tests.
func NewCmdReport(f *cmdutil.Factory, runF func(context.Context, *ReportOptions) error) *cobra.Command {
	o := &ReportOptions{Factory: f}
	c := &cobra.Command{
		Use:   "report",
		Short: "Report who was given a pass, used it, and registered a method since",
		Long: `Report who of a roster or a group was given a pass, used it, and registered a method since: a passkey, Windows Hello,
an Authenticator or a platform credential. A method that is older than the pass does not count.

A user stands at one of these stages, and in a sum who is further counts for what lies before:

    notIssued    no pass is there, and nothing tells of one that was
    issued       a pass is there, or the roster tells of one that is gone
    used         somebody signed in with the pass that is there
    registered   a method was registered since

The service forgets a pass that is deleted or replaced. The result of a run tells of it: give that as the roster. For users
of whose pass nothing is known --since says from when methods count.

-o html prints a page to look at and to print. It loads nothing from the network, and has names in it, but no passcode.`,
		Example: `  # How far are the new hires, in all and by department?
  printf 'user,department\nadele.vance@contoso.com,Sales\nmegan.bowen@contoso.com,IT\n' >new-hires.csv
  tap report --file new-hires.csv --by department

  # A page for people who would rather look than read
  tap report --group "Sales and Marketing" -o html >report.html

  # The sums alone, for a script
  tap report --group "Sales and Marketing" --sum -o json`,
		Annotations: map[string]string{cmdutil.Page: "true"},
		Args:        cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.Validate(args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return reportRun(cmd.Context(), o)
		},
	}
	o.Users.Register(c.Flags())
	c.Flags().StringVar(&o.By, "by", "", "sum by this column of the roster, such as department")
	c.Flags().BoolVar(&o.Sum, "sum", false, "print the sums alone, in every format")
	c.Flags().Var(&o.Since, "since", "for users of whose pass nothing is known: count methods from this time, or from 7d ago")
	return c
}

// Validate finds what is wrong before anything is read.
func (o *ReportOptions) Validate(args []string) error {
	const help = "tap report --file new-hires.csv"
	if err := o.Users.Alone(args, help); err != nil {
		return err
	}
	format := o.Globals.Output
	switch {
	case len(args) > 0:
		return errs.Usage("users are named by a roster or a group here", help, "tap show "+args[0])
	case !o.Users.Many():
		return errs.Usage("no users were named", help, `tap report --group "New Hires"`)
	case o.By != "" && o.Users.File == "":
		return errs.Usage("--by sums by a column of a roster, and a group has none", help+" --by "+cmdutil.Quoted(o.By))
	case format == output.HTML && o.Sum:
		return errs.Usage("the page has both, rows and sums: -o html goes without --sum", help+" -o html")
	case format == output.HTML && (len(o.Globals.Columns) > 0 || !o.Globals.JQ.IsZero() || o.Globals.NoHeader):
		return errs.Usage("the page has all columns: -o html goes without --columns, --no-header and --jq", help+" -o html")
	case o.By != "" && !o.Sum && format != output.Table && format != output.HTML:
		return errs.Usage(fmt.Sprintf("--by is about sums, and -o %s prints the rows: say --sum as well", format), help+" --by "+cmdutil.Quoted(o.By)+" --sum -o "+string(format))
	}
	return o.CheckPast("since", o.Since)
}

func reportRun(ctx context.Context, o *ReportOptions) error {
	s, err := o.readSource()
	if err != nil {
		return err
	}
	if err := o.checkOutput(s); err != nil {
		return err
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	read, err := o.Users.Follow(ctx, t, s.roster)
	if err != nil {
		return err
	}
	r, err := o.judge(s, t, read)
	if err != nil {
		return err
	}
	if err := cmdutil.Written(r.print()); err != nil {
		return err
	}
	return r.told()
}

// report is what is told of the users.
type report struct {
	*ReportOptions
	source
	target    *cmdutil.Target
	at        time.Time // the service's time, of the last answer
	standings []onboarding.Standing
}

// judge tells of each user how far it has come.
func (o *ReportOptions) judge(s source, t *cmdutil.Target, read []rollout.Following) (*report, error) {
	r := &report{ReportOptions: o, source: s, target: t}
	for _, f := range read {
		if f.At.After(r.at) {
			r.at = f.At
		}
	}
	if r.at.IsZero() { // nothing of anybody could be read
		r.at = t.Desk.Now()
	}
	since, err := o.Past("since", o.Since, r.at)
	if err != nil {
		return nil, err
	}
	for i, f := range read {
		u := onboarding.User{Name: string(f.Ref), Person: f.Person, Passes: f.Passes, At: f.At, Methods: f.Methods, Unseen: f.Unseen, TellsUse: t.Desk.TellsUse, Told: s.told(i), Carried: s.cells(i)}
		if f.Err != nil {
			u.Err = errs.Of(f.Err)
		}
		r.standings = append(r.standings, onboarding.Judge(u, since))
	}
	return r, nil
}

// told says what the answer cannot, and is the error of the users of whom nothing could be read.
func (r *report) told() error {
	var results []pass.Result
	unused, open, assumed := 0, 0, 0
	for _, s := range r.standings {
		results = append(results, pass.Result{Err: s.Err})
		if s.Err != nil && !r.Globals.Output.IsJSON() {
			r.Say.Error(s.Err)
		}
		if s.Unused() {
			unused++
		}
		switch {
		case s.Stage == onboarding.NotIssued && s.Basis == "" && hasCounting(s):
			open++
		case s.Stage == onboarding.Registered && s.Basis == onboarding.BySince:
			assumed++
		}
	}
	if unused > 0 {
		r.Say.Warning(errs.Count(unused, "user") + " registered a method and the pass shows no use: somebody may have come in another way")
	}
	if open > 0 {
		r.Say.Notice("of " + errs.Count(open, "user") + " with a method no pass is known: the result of a run as the roster, or --since, tells from when methods count")
	}
	if assumed > 0 {
		r.Say.Notice("of " + errs.Count(assumed, "user") + " no pass is known: they stand at registered by their methods since --since alone")
	}
	return pass.Sum(results)
}

func hasCounting(s onboarding.Standing) bool {
	for _, m := range s.Others {
		if onboarding.Counts(m) {
			return true
		}
	}
	return false
}
