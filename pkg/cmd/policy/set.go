package policy

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// SetOptions are what `tap policy set` needs, then what the user said.
type SetOptions struct {
	*cmdutil.Factory

	Enable, Disable   bool
	OneTime, MultiUse bool
	Default, Min, Max when.Duration
	Length            length
	Include, Exclude  listFlags
	File              string
	DryRun            bool

	order policy.Order
}

// listFlags are the flags about one list of targets.
type listFlags struct{ Whole, Add, Remove []string }

// NewCmdSet returns `tap policy set`. runF replaces the run in tests.
func NewCmdSet(f *cmdutil.Factory, runF func(context.Context, *SetOptions) error) *cobra.Command {
	o := &SetOptions{Factory: f}
	c := &cobra.Command{
		Use:   "set",
		Short: "Change the policy",
		Long: `Change the policy: what is asked for, and nothing else. What would change is shown first, with what it
does to passes that users hold now, and confirmed. The policy is read once more directly before it is
changed, and afterwards until the change shows.

A group is named by its display name or its object id. --include and --exclude are the whole new list,
--add-include and the like change one entry.`,
		Example: `  # What would it do to allow nothing but one-time passes of at most four hours?
  tap policy set --one-time --max-lifetime 4h --dry-run

  # Only new hires can be given one; without --dry-run it asks, and changes it
  tap policy set --include "New Hires" --dry-run

  # What a file says
  tap policy show -o yaml >policy.yaml
  tap policy set -f policy.yaml --yes --dry-run`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{cmdutil.Writes: "true"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return setRun(cmd.Context(), o)
		},
	}
	o.flags(c)
	return c
}

func (o *SetOptions) flags(c *cobra.Command) {
	fl := c.Flags()
	cmdutil.SwitchVar(fl, &o.Enable, "enable", "there are passes")
	cmdutil.SwitchVar(fl, &o.Disable, "disable", "there are none, and those that are held stop working")
	cmdutil.SwitchVar(fl, &o.OneTime, "one-time", "every pass works once")
	cmdutil.SwitchVar(fl, &o.MultiUse, "multi-use", "a pass may work until it ends")
	fl.Var(&o.Default, "default-lifetime", "how long a pass works where nothing is asked for")
	fl.Var(&o.Min, "min-lifetime", "the shortest lifetime, 10m to 30d")
	fl.Var(&o.Max, "max-lifetime", "the longest lifetime, 10m to 30d")
	fl.Var(&o.Length, "length", "characters of a passcode, 8 to 48")
	fl.StringArrayVar(&o.Include.Whole, "include", nil, "who can be given a pass: all, or a group; repeated, the whole new list")
	fl.StringArrayVar(&o.Include.Add, "add-include", nil, "one more group that is included; repeated")
	fl.StringArrayVar(&o.Include.Remove, "remove-include", nil, "a group that is not included any more; repeated")
	fl.StringArrayVar(&o.Exclude.Whole, "exclude", nil, "who cannot, although included: a group, or none; repeated, the whole new list")
	fl.StringArrayVar(&o.Exclude.Add, "add-exclude", nil, "one more group that is excluded; repeated")
	fl.StringArrayVar(&o.Exclude.Remove, "remove-exclude", nil, "a group that is not excluded any more; repeated")
	fl.StringVarP(&o.File, "file", "f", "", "take the policy from this file, - for stdin; what it leaves out stays")
	fl.BoolVar(&o.DryRun, "dry-run", false, "read everything, send nothing, print what would change")
}

// length is the value of --length.
type length int

// Set reads a number of characters; its bounds are the rules' to check.
func (l *length) Set(s string) error {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is no number of characters", s)
	}
	*l = length(n)
	return nil
}

func (l *length) String() string {
	if *l == 0 {
		return ""
	}
	return strconv.Itoa(int(*l))
}

// Type names the value in the help.
func (l *length) Type() string { return "characters" }

// Validate finds what contradicts itself before anything is read or sent.
func (o *SetOptions) Validate() error {
	if err := cmdutil.CheckOutput(o.Factory, view{}.differences(), output.Options{}); err != nil {
		return err
	}
	switch {
	case o.Enable && o.Disable:
		return errs.Usage("--enable and --disable contradict each other: give one of them")
	case o.OneTime && o.MultiUse:
		return errs.Usage("--one-time and --multi-use contradict each other: give one of them")
	case o.File != "" && o.asked():
		return errs.Usage("--file says all there is to change: give it without the flags that change a property")
	case o.File == "" && !o.asked():
		return errs.Usage("nothing to change was asked for", "tap policy set --help")
	}
	var err error
	if o.order.Include, err = o.Include.order("include", "all"); err != nil {
		return err
	}
	if o.order.Exclude, err = o.Exclude.order("exclude", "none"); err != nil {
		return err
	}
	o.order.Change = o.change()
	return o.order.Check()
}

func (o *SetOptions) asked() bool {
	return o.Enable || o.Disable || o.OneTime || o.MultiUse || o.Length != 0 ||
		!o.Default.IsZero() || !o.Min.IsZero() || !o.Max.IsZero() || o.Include.asked() || o.Exclude.asked()
}

func (o *SetOptions) change() (c policy.Change) {
	if o.Enable || o.Disable {
		c.Enabled = &o.Enable
	}
	if o.OneTime || o.MultiUse {
		c.OneTime = &o.OneTime
	}
	if o.Length != 0 {
		c.DefaultLength = (*int)(&o.Length)
	}
	lifetime := func(d when.Duration) *time.Duration {
		if d.IsZero() {
			return nil
		}
		l := d.Duration()
		return &l
	}
	c.DefaultLifetime, c.MinimumLifetime, c.MaximumLifetime = lifetime(o.Default), lifetime(o.Min), lifetime(o.Max)
	return c
}

func (l listFlags) asked() bool { return len(l.Whole) > 0 || len(l.Add) > 0 || len(l.Remove) > 0 }

// order reads the flags of one list. word is what stands for the whole of it, or for nothing.
func (l listFlags) order(name, word string) (policy.ListOrder, error) {
	everybody := func(typed []string) []string {
		out := slices.Clone(typed)
		for n, s := range out {
			if strings.EqualFold(s, "all") {
				out[n] = policy.Everybody
			}
		}
		return out
	}
	o := policy.ListOrder{Add: everybody(l.Add), Remove: everybody(l.Remove)}
	switch {
	case len(l.Whole) > 0 && len(l.Add)+len(l.Remove) > 0:
		return o, errs.Usage(fmt.Sprintf("--%s is the whole new list: give it without --add-%s and --remove-%s", name, name, name))
	case len(l.Whole) > 1 && slices.ContainsFunc(l.Whole, func(s string) bool { return strings.EqualFold(s, word) }):
		return o, errs.Usage(fmt.Sprintf("--%s %s goes without another --%s", name, word, name), fmt.Sprintf("--%s %s", name, word))
	}
	for _, s := range slices.Concat(l.Whole, l.Add, l.Remove) {
		if strings.TrimSpace(s) == "" {
			return o, errs.Usage(fmt.Sprintf("a group to %s is named by its display name or its object id, not by nothing", name))
		}
	}
	for _, s := range l.Add {
		if slices.Contains(l.Remove, s) {
			return o, errs.Usage(fmt.Sprintf("--add-%s and --remove-%s both name %q", name, name, s))
		}
	}
	if len(l.Whole) > 0 {
		whole := everybody(l.Whole)
		if word == "none" && strings.EqualFold(l.Whole[0], word) {
			whole = []string{}
		}
		o.Whole = &whole
	}
	return o, nil
}

func setRun(ctx context.Context, o *SetOptions) error {
	if o.File != "" {
		file, err := readFile(o.Factory, o.File)
		if err != nil {
			return err
		}
		o.order = policy.Order{File: file}
		if err := o.order.Check(); err != nil {
			return err
		}
	}
	t, err := o.Target(ctx)
	if err != nil {
		return err
	}
	o.Say.Target(t.Title)
	plan, err := t.Policy.Prepare(ctx, o.order)
	if err != nil {
		return err
	}
	if len(plan.After.Include) == 0 && len(plan.Before.Include) > 0 {
		o.Say.Warning("the file includes nobody: nobody can be given a pass, and passes that users hold stop working")
	}
	if o.DryRun || len(plan.Differences) == 0 {
		return o.nothingSent(t, plan)
	}
	o.announce(plan)
	if err := o.Confirm(ctx, "Change the policy of the tenant?"); err != nil {
		return err
	}
	if err := t.Policy.Apply(ctx, plan); err != nil {
		return err
	}
	o.Say.Notice("the policy is changed")
	if forPeople(o.Factory) {
		return nil
	}
	return printDifferences(o.Factory, t, plan.Differences, "")
}

// nothingSent ends a run without a change: a plan that is only to be seen, or one in which there is nothing to do.
func (o *SetOptions) nothingSent(t *cmdutil.Target, plan policy.Plan) error {
	if len(plan.Differences) == 0 {
		o.Say.Notice("nothing to change: the policy is so already")
	} else {
		o.Say.Notice("nothing was sent: this is what would change")
	}
	return printDifferences(o.Factory, t, plan.Differences, "NOW -> THEN")
}

// announce shows on stderr what is going to change, before it is asked about.
func (o *SetOptions) announce(plan policy.Plan) {
	var b bytes.Buffer
	rows, columns := differenceLines(plan.Differences, o.Streams.Columns), lineColumns("PROPERTY", "NOW -> THEN")
	_ = printAll(output.New(output.Table, &b, columns, output.Options{Terminal: true, Width: o.Streams.Columns, Least: output.Widths(columns, rows...)}), rows)
	for text := range strings.Lines(b.String()) {
		text = strings.TrimSuffix(text, "\n")
		if o.Globals.Yes {
			o.Say.Line(text) // which is silent where nobody wants to know
			continue
		}
		_, _ = fmt.Fprintln(o.Streams.Err, o.Say.Safe(text))
	}
}
