package root

import (
	"slices"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

func TestRetyped(t *testing.T) {
	const guid = "6F1967B7-15E8-4935-AC26-D50770ED07A7"
	for _, c := range []struct {
		args       []string
		hint, whom string
		want       string
	}{
		{[]string{"create", "a@contoso.com", "--lifetime", "20m"}, "--lifetime 8h", "", "tap create a@contoso.com --lifetime 8h"},
		{[]string{"create", "a@contoso.com", "--lifetime=20m", "-o", "json"}, "--lifetime 8h", "a@contoso.com", "tap create a@contoso.com --output json --lifetime 8h"},
		{[]string{"create", "a@contoso.com", "--until", "+5m"}, "--lifetime 8h", "", "tap create a@contoso.com --lifetime 8h"},
		{[]string{"create", "--multi-use", "a@contoso.com"}, "--one-time", "", "tap create a@contoso.com --one-time"},
		{[]string{"create", "--if-exists", "refuse", "a@contoso.com", "--one-time"}, "--replace", "a@contoso.com", "tap create a@contoso.com --one-time --replace"},
		{[]string{"create", "--one-time", "a@contoso.com", "b@contoso.com"}, "--replace", "b@contoso.com", "tap create b@contoso.com --one-time --replace"},
		{[]string{"create", "A@contoso.com", guid}, "--replace", strings.ToLower(guid), "tap create " + guid + " --replace"},
		{[]string{"create", "a@contoso.com", "--tenant", "contoso.com"}, "--auth device-code", "contoso.com", "tap create a@contoso.com --tenant contoso.com --auth device-code"},
		{[]string{"create", "o'neil@contoso.com", "--start", "monday 08:00"}, "--tz Europe/Helsinki", "", `tap create 'o'\''neil@contoso.com' --start 'monday 08:00' --tz Europe/Helsinki`},
		{[]string{"create", "--sandbox", "--", "-x@contoso.com"}, "--replace", "-x@contoso.com", "tap --sandbox create --replace -- -x@contoso.com"},
		{[]string{"--sandbox", "--sandbox-as", "app", "delete", "a@contoso.com", "b@contoso.com", "--state", "used,expired"}, "--yes", "", "tap --sandbox --sandbox-as app delete a@contoso.com b@contoso.com --state used,expired --yes"},
		{[]string{"list", "a@contoso.com", "--columns", "state,passId"}, "--output json", "", "tap list a@contoso.com --columns state --columns passId --output json"},
	} {
		p := &Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }}
		cmd, rest, err := NewCmd(p).Find(c.args)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		if got := retyped(cmd, c.hint, c.whom); got != c.want {
			t.Errorf("%q, %q about %q:\n got %s\nwant %s", c.args, c.hint, c.whom, got, c.want)
		}
	}
}

// TestOfRun: a command about a run has what was typed for the run, as far as it takes it.
func TestOfRun(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args       []string
		hint, want string
	}{
		{[]string{"create", "--file", "a.csv", "--out", "b.csv", "--yes"}, "tap run resume 1", "tap run resume 1"},
		{
			[]string{"create", "--file", "a.csv", "--verify", "--journal", "my runs", "--rate", "5/s", "--concurrency=2", "--max-failures", "3", "--progress", "jsonl", "--one-time"},
			"tap run resume 1", "tap run resume 1 --concurrency 2 --journal 'my runs' --max-failures 3 --progress jsonl --rate 5/s --verify",
		},
		{[]string{"create", "--file", "a.csv", "--verify", "--journal", "my runs"}, "tap run show 1", "tap run show 1 --journal 'my runs'"},
		{[]string{"--sandbox", "run", "resume", "1", "--journal", "runs", "--rate", "max"}, "tap run discard 1", "tap --sandbox run discard 1 --journal runs"},
		{[]string{"create", "--file", "a.csv", "--tenant", "contoso.com", "--journal", "runs"}, "tap run list", "tap --tenant contoso.com run list --journal runs"},
		{[]string{"create", "--file", "a.csv", "--journal", "runs"}, "tap policy show", "tap policy show"},
		{[]string{"run", "resume", "1"}, "--restart", ""},
		{[]string{"run", "resume", "1", "--tenant", "contoso.com"}, "--replace", "tap --tenant contoso.com create a@contoso.com --replace"},
		{[]string{"run", "resume", "1"}, "--timeout 10m", "tap run resume 1 --timeout 10m"},
	} {
		p := &Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }}
		cmd, rest, err := NewCmd(p).Find(c.args)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		p.cmd = cmd
		whom := ""
		if c.hint == "--replace" {
			whom = "a@contoso.com"
		}
		if got := p.typed(c.hint, whom); got != c.want {
			t.Errorf("%q, %s:\n got %s\nwant %s", c.args, c.hint, got, c.want)
		}
	}
}

// TestBadInputHasAHint: where nothing better is known, the help of the command that was found.
func TestBadInputHasAHint(t *testing.T) {
	t.Parallel()
	p := &Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }}
	root := NewCmd(p)
	if got := p.hints(errs.Usage("wrong")); !slices.Equal(got, []string{"tap --help"}) {
		t.Errorf("before a command was found: %q", got)
	}
	p.cmd, _, _ = root.Find([]string{"sandbox", "clock"})
	if got := p.hints(errs.Usage("wrong")); !slices.Equal(got, []string{"tap sandbox clock --help"}) {
		t.Errorf("of a command: %q", got)
	}
	if got := p.hints(errs.Usage("wrong", "tap sandbox clock +1h")); !slices.Equal(got, []string{"tap sandbox clock +1h"}) {
		t.Errorf("what is known is better: %q", got)
	}
	if got := p.hints(&errs.Error{Slug: errs.Busy}); len(got) > 0 {
		t.Errorf("of what is no bad input: %q", got)
	}
}
