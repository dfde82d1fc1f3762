package cmdutil_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

const hostile = "Eve\x1b[2J\nExit\u202e\u200b" // clears the screen, begins a line, turns it around

func TestSay(t *testing.T) {
	t.Parallel()
	speak := func(s *cmdutil.Say) {
		s.Target("tenant Contoso")
		s.Target("tenant Contoso")
		s.Notice(hostile)
		s.Notice(hostile)
		s.Warning(hostile) // another kind is said too
		s.Line("POST " + hostile)
		s.Prompt("enter the code ABC\x07")
	}
	for _, c := range []struct {
		quiet bool
		want  string
	}{
		{false, `tap: target: tenant Contoso
tap: notice: Eve\u{001b}[2J\u{000a}Exit\u{202e}\u{200b}
tap: warning: Eve\u{001b}[2J\u{000a}Exit\u{202e}\u{200b}
POST Eve\u{001b}[2J\u{000a}Exit\u{202e}\u{200b}
tap: enter the code ABC\u{0007}
`},
		{true, "tap: enter the code ABC\\u{0007}\n"},
	} {
		var b bytes.Buffer
		speak(&cmdutil.Say{W: &b, Quiet: c.quiet})
		if b.String() != c.want {
			t.Errorf("quiet %v:\n%s\nwant:\n%s", c.quiet, b.String(), c.want)
		}
	}
}

func TestSayOnceConcurrently(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	s := &cmdutil.Say{W: &b}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { s.Notice("seen") })
	}
	wg.Wait()
	if b.String() != "tap: notice: seen\n" {
		t.Errorf("%q", b.String())
	}
}

// TestSayError pins both dresses of an error, the second byte for byte as product.md gives it.
func TestSayError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		err        error
		hints      func(*errs.Error) []string
		text, json string
	}{
		{
			"all parts", &errs.Error{Slug: errs.Rejected, Reason: errs.HoldsPass, What: "creating a pass", Whom: "adele@contoso.com", Why: "held", Hints: []string{"tap a --replace", "tap b"}, RequestID: "r-1"}, nil,
			"tap: error: creating a pass: adele@contoso.com: held\ntap: hint: tap a --replace\ntap: hint: tap b\ntap: request id: r-1\n",
			`{"error":{"slug":"rejected","reason":"holds_pass","message":"creating a pass: adele@contoso.com: held","hint":"tap a --replace","exitCode":7,"requestId":"r-1"}}`,
		},
		{
			"no more than a why", &errs.Error{Slug: errs.Busy, Why: "throttled"}, nil,
			"tap: error: throttled\n",
			`{"error":{"slug":"busy","reason":null,"message":"throttled","hint":null,"exitCode":8,"requestId":null}}`,
		},
		{
			"not ours", errors.New("boom"), nil,
			"tap: error: boom\n",
			`{"error":{"slug":"internal","reason":null,"message":"boom","hint":null,"exitCode":1,"requestId":null}}`,
		},
		{
			"hostile", &errs.Error{Slug: errs.Denied, Why: "a\x1b[2J\n\"<&>", Hints: []string{"tap\nx"}, RequestID: "\r1"}, nil,
			"tap: error: a\\u{001b}[2J\\u{000a}\"<&>\ntap: hint: tap\\u{000a}x\ntap: request id: \\u{000d}1\n",
			`{"error":{"slug":"denied","reason":null,"message":"a\u001b[2J\n\"<&>","hint":"tap\nx","exitCode":5,"requestId":"\r1"}}`,
		},
		{
			"hints of the target", errs.Usage("wrong", "tap a"), func(e *errs.Error) []string { return []string{"tap --sandbox " + e.Hints[0][4:], "tap c"} },
			"tap: error: wrong\ntap: hint: tap --sandbox a\ntap: hint: tap c\n",
			`{"error":{"slug":"usage","reason":null,"message":"wrong","hint":"tap --sandbox a","exitCode":2,"requestId":null}}`,
		},
		{
			"no hint of the target", errs.Usage("wrong", "tap a"), func(*errs.Error) []string { return nil },
			"tap: error: wrong\n",
			`{"error":{"slug":"usage","reason":null,"message":"wrong","hint":null,"exitCode":2,"requestId":null}}`,
		},
	} {
		var text, json bytes.Buffer
		(&cmdutil.Say{W: &text, Hints: c.hints, Quiet: true}).Error(c.err) // an error is no success: -q tells it
		(&cmdutil.Say{W: &json, Hints: c.hints, Quiet: true}).ErrorJSON(c.err)
		if text.String() != c.text {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, text.String(), c.text)
		}
		if json.String() != c.json+"\n" {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, json.String(), c.json)
		}
	}
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	const nobody = "this asks before it changes something, and nobody can be asked here"
	for _, c := range []struct {
		name, typed  string
		tty          bool
		yes, noInput bool
		err          string // "": it goes on
		hints        []string
		asked        bool
	}{
		{name: "said yes", typed: "y\n", tty: true, asked: true},
		{name: "said no", typed: "n\n", tty: true, asked: true, err: "not confirmed: nothing was changed", hints: []string{"--dry-run"}},
		{name: "end of input", tty: true, asked: true, err: "not confirmed: nothing was changed", hints: []string{"--dry-run"}},
		{name: "--yes", typed: "n\n", tty: true, yes: true},
		{name: "--yes without a terminal", yes: true},
		{name: "--yes --no-input", yes: true, noInput: true},
		{name: "--no-input", typed: "y\n", tty: true, noInput: true, err: nobody, hints: []string{"--yes"}},
		{name: "no terminal", typed: "y\n", err: nobody, hints: []string{"--yes"}},
	} {
		var stderr bytes.Buffer
		f := &cmdutil.Factory{
			Streams: &terminal.Streams{In: strings.NewReader(c.typed), Err: &stderr, InTTY: c.tty, ErrTTY: c.tty},
			Say:     &cmdutil.Say{W: &stderr},
			Globals: &cmdutil.Globals{Yes: c.yes, NoInput: c.noInput},
		}
		err := f.Confirm(t.Context(), "Delete the pass of "+hostile+"?")
		if want := "Delete the pass of Eve\\u{001b}[2J\\u{000a}Exit\\u{202e}\\u{200b}? [y/N] "; c.asked != (strings.TrimSuffix(stderr.String(), "\n") == want) || !c.asked && stderr.Len() > 0 {
			t.Errorf("%s: asked %q", c.name, stderr.String())
		}
		if c.err == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if e := errs.Of(err); e == nil || e.Error() != c.err || e.Slug != errs.UsageFault || !slices.Equal(e.Hints, c.hints) {
			t.Errorf("%s: %#v, want %q, hints %q", c.name, e, c.err, c.hints)
		}
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	helsinki := time.FixedZone("EET", 7200)
	for _, c := range []struct {
		in, out    bool
		zone       *time.Location
		read, show *time.Location
	}{
		{false, false, nil, nil, time.UTC},
		{true, false, nil, time.Local, time.UTC},
		{false, true, nil, nil, time.Local},
		{true, true, helsinki, helsinki, helsinki},
		{false, false, helsinki, helsinki, helsinki},
	} {
		f := &cmdutil.Factory{Streams: &terminal.Streams{InTTY: c.in, OutTTY: c.out}, Globals: &cmdutil.Globals{Zone: c.zone}}
		if f.ReadZone() != c.read || f.ShowZone() != c.show {
			t.Errorf("%+v: read in %v, show in %v", c, f.ReadZone(), f.ShowZone())
		}
	}
}

func TestGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args           []string
		err, hint, out string
	}{
		{nil, "", "", "Usage:"},
		{[]string{"craete"}, `"craete" is no command of tap`, "tap create", ""},
		{[]string{"crea", "adele@contoso.com"}, `"crea" is no command of tap`, "tap create adele@contoso.com", ""},
		{[]string{"frobnicate"}, `"frobnicate" is no command of tap`, "tap --help", ""},
		{[]string{"x\n"}, `"x\n" is no command of tap`, "tap --help", ""},
	} {
		var out bytes.Buffer
		root := &cobra.Command{Use: "tap", Args: cobra.ArbitraryArgs, RunE: cmdutil.Group, SilenceErrors: true, SilenceUsage: true}
		root.AddCommand(&cobra.Command{Use: "create", Run: func(*cobra.Command, []string) {}})
		root.SetOut(&out)
		root.SetArgs(append([]string{}, c.args...))
		err := root.Execute()
		if c.err == "" {
			if err != nil || !strings.Contains(out.String(), c.out) {
				t.Errorf("%q: %v, %s", c.args, err, out.String())
			}
			continue
		}
		if e := errs.Of(err); e.Error() != c.err || e.Slug != errs.UsageFault || !slices.Equal(e.Hints, []string{c.hint}) || out.Len() > 0 {
			t.Errorf("%q: %v, hints %q, printed %q", c.args, e, e.Hints, out.String())
		}
	}
}
