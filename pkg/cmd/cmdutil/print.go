package cmdutil

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
)

// CheckOutput finds what the output flags ask of a noun that it does not have: a usage error, before anything is sent.
func CheckOutput[T any](f *Factory, s output.Schema[T], o output.Options) error {
	if f.Part != nil {
		return f.misuse(output.CheckPart(f.Part, s, f.Globals.Output, f.complete(o)))
	}
	return f.misuse(s.Check(f.Globals.Output, f.complete(o)))
}

// misuse is what an output.Misuse is as a usage error, which names where a flag's value came from that was not typed.
func (f *Factory) misuse(err error) error {
	var m *output.Misuse
	if !errors.As(err, &m) {
		return err
	}
	if origin := f.Globals.Origins[m.Flag]; origin != "" {
		m.Why = origin + ": " + m.Why
	}
	return errs.Usage(m.Why, m.Mends)
}

// NoAnswer refuses the flags about an answer where they were typed for what prints none. Their variables are meant for other commands.
func NoAnswer(cmd *cobra.Command, what string) error {
	for _, name := range []string{"output", "columns", "no-header", "jq"} {
		if cmd.Flags().Changed(name) {
			return errs.Usage(fmt.Sprintf("%s prints no answer: it goes without --%s", what, name), cmd.CommandPath()+" --help")
		}
	}
	return nil
}

// Printer prints rows of a noun as the flags and the terminal ask. o says what only the command knows: widths, and
// which column is the bare value.
func Printer[T any](f *Factory, s output.Schema[T], o output.Options) output.Printer[T] {
	if f.Part != nil {
		return output.Gather(f.Part, s, o)
	}
	return output.New(f.Globals.Output, f.Streams.Out, s, f.complete(o))
}

// PrintParts prints what several tenants answered as one answer.
func PrintParts(f *Factory, parts []*output.Part) error {
	return Written(output.PrintParts(f.Globals.Output, f.Streams.Out, parts, f.complete(output.Options{})))
}

func (f *Factory) complete(o output.Options) output.Options {
	o.Columns, o.NoHeader, o.JQ = f.Globals.Columns, f.Globals.NoHeader, f.Globals.JQ
	o.Terminal, o.Width, o.Colour = f.Streams.OutTTY, f.Streams.Columns, f.Colour
	if f.Runner != nil {
		o.Guard = output.Guard{Text: runner.Defuse, Exact: f.Exact, JSON: runner.DefuseJSON}
	}
	return o
}

// Exact is a passcode or an id as it is printed bare: to the byte, but for one that a runner would obey.
func (f *Factory) Exact(s string) string {
	if f.Runner == nil {
		return s
	}
	return runner.DefuseExact(s)
}

// Written is the error of an answer that could not be written, nil where it could.
func Written(err error) error {
	query := (*output.QueryError)(nil)
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &query):
		return errs.Local("writing the answer", "stdout", err)
	}
	e := errs.Local("printing the answer", "stdout", err)
	if end := errs.Of(query.Err); end != nil && end.Slug != errs.Busy { // nothing was busy but the program
		e.Slug = end.Slug
	}
	return e
}
