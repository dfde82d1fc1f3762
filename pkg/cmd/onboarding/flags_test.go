package onboarding

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// asked are the options of a command line, or why they are refused before anything is read.
func asked(line ...string) (*ReportOptions, error) {
	g := &cmdutil.Globals{Output: output.Table}
	f := &cmdutil.Factory{Globals: g, Streams: &terminal.Streams{}, Say: &cmdutil.Say{W: io.Discard}}
	var got *ReportOptions
	c := NewCmdReport(f, func(_ context.Context, o *ReportOptions) error { got = o; return nil })
	c.Flags().AddFlagSet(func() *pflag.FlagSet {
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		fs.VarP(&g.Output, "output", "o", "")
		fs.StringSliceVar(&g.Columns, "columns", nil, "")
		fs.BoolVar(&g.NoHeader, "no-header", false, "")
		fs.Var(&g.JQ, "jq", "")
		return fs
	}())
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs(line)
	err := c.Execute()
	return got, err
}

func TestArguments(t *testing.T) {
	for line, want := range map[string]string{
		"--file a.csv":                              "",
		"--group Helpdesk -o html":                  "",
		"--file a.csv --by site":                    "",
		"--file a.csv --by site -o html":            "",
		"--file a.csv --by site --sum -o csv":       "",
		"--file a.csv --since 7d":                   "",
		"":                                          "no users were named",
		"adele.vance@contoso.com":                   "users are named by a roster or a group here",
		"--file a.csv --group b":                    "--file and --group both name the users",
		"--file a.csv adele.vance@contoso.com":      "name them in one way",
		"--group b --by site":                       "a group has none",
		"--file a.csv --by site -o csv":             "--by is about sums, and -o csv prints the rows",
		"--file a.csv --sum -o html":                "the page has both",
		"--file a.csv -o html --columns stage":      "the page has all columns",
		"--file a.csv -o html --no-header":          "the page has all columns",
		"--file a.csv -o html --jq .":               "the page has all columns",
		"--file a.csv --since monday|08:00":         "for that long ago",
		"--file a.csv --since +2h":                  "for that long ago",
		"--file a.csv --since 2026-12-01|08:00":     "a local time needs a time zone",
		"--file a.csv --since yesterday":            "is not a time",
		"--file a.csv --since 2026-12-01T08:00:00Z": "",
	} {
		words := strings.Fields(line)
		for i, w := range words {
			words[i] = strings.ReplaceAll(w, "|", " ")
		}
		o, err := asked(words...)
		switch {
		case want == "" && (err != nil || o == nil):
			t.Errorf("%q: %v", line, err)
		case want != "" && (err == nil || o != nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %q", line, err, want)
		}
		if e := errs.Of(err); err != nil && e.Slug == errs.UsageFault && len(e.Hints) == 0 {
			t.Errorf("%q: no hint", line)
		}
	}
}
