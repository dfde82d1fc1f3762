package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// ClockOptions are what `tap sandbox clock` needs, then what the user said.
type ClockOptions struct {
	*cmdutil.Factory

	Time  when.Time
	Reset bool
}

// NewCmdClock returns `tap sandbox clock`. runF replaces the run in tests.
func NewCmdClock(f *cmdutil.Factory, runF func(context.Context, *ClockOptions) error) *cobra.Command {
	o := &ClockOptions{Factory: f}
	c := &cobra.Command{
		Use:   "clock [<time>]",
		Short: "Show or move the sandbox's clock",
		Long:  `Show the sandbox's clock, or move it to a time. It goes on from there.`,
		Example: `  tap sandbox clock
  tap sandbox clock +90m
  tap sandbox clock "monday 08:00" --tz Europe/Helsinki
  tap sandbox clock --reset`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(args); err != nil {
				return err
			}
			if err := cmdutil.CheckOutput(f, clocks(), output.Options{Value: "now"}); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return clockRun(cmd.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.Reset, "reset", false, "put the clock back to real time")
	return c
}

func (o *ClockOptions) validate(args []string) error {
	const example = `tap sandbox clock "monday 08:00" --tz Europe/Helsinki`
	switch {
	case len(args) > 1:
		return errs.Usage("a time is one word: put it in quotes", example)
	case len(args) == 1 && o.Reset:
		return errs.Usage("--reset and a time contradict each other: give one of them", "tap sandbox clock --reset")
	case len(args) == 0:
		return nil
	}
	var err error
	if o.Time, err = when.ParseTime(args[0]); err != nil {
		return errs.Usage(err.Error(), example)
	}
	if o.Time.NeedsZone() && o.ReadZone() == nil {
		return errs.Usage(fmt.Sprintf("%q is a local time, and there is no terminal whose zone it could be read in", o.Time), example)
	}
	return nil
}

func clockRun(ctx context.Context, o *ClockOptions) error {
	var clock struct{ Now time.Time }
	if err := call(ctx, o.Factory, http.MethodGet, "/clock", nil, &clock); err != nil {
		return err
	}
	move := map[string]any{}
	switch {
	case o.Reset:
		move["reset"] = true
	case !o.Time.IsZero():
		at, err := o.Time.Resolve(clock.Now, o.ReadZone())
		if err != nil {
			return unresolved(err)
		}
		move["set"] = at.UTC().Format(time.RFC3339)
	}
	if len(move) > 0 {
		if err := call(ctx, o.Factory, http.MethodPost, "/clock", move, &clock); err != nil {
			return err
		}
	}
	return o.print(clock.Now)
}

// unresolved is a local time that is none in its zone, or two.
func unresolved(err error) error {
	e := errs.Usage(err.Error())
	if change := (*when.ClockChangeError)(nil); errors.As(err, &change) {
		e.Hints = []string{"tap sandbox clock " + change.First.Format(time.RFC3339), "tap sandbox clock " + change.Second.Format(time.RFC3339)}
	}
	return e
}

func (o *ClockOptions) print(now time.Time) error {
	p := cmdutil.Printer(o.Factory, clocks(), output.Options{Value: "now"})
	if o.Globals.Output == output.Table && len(o.Globals.Columns) == 0 {
		_, err := fmt.Fprintln(o.Streams.Out, when.Show(now, o.ShowZone()))
		return cmdutil.Written(err)
	}
	if err := p.Row(now); err != nil {
		return cmdutil.Written(err)
	}
	return cmdutil.Written(p.Close())
}

func clocks() output.Schema[time.Time] {
	return output.Schema[time.Time]{
		{Name: "now", Type: "date-time", Doc: "what the sandbox's clock shows", Value: func(t time.Time) any { return t.UTC().Format(time.RFC3339) }},
	}
}
