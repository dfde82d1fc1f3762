package policy

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/policy"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// parse runs a command line up to the run, and returns what its flags came to. Nothing may be opened before that.
func parse(t *testing.T, args ...string) (string, error) {
	t.Helper()
	f := &cmdutil.Factory{
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: new(bytes.Buffer), Err: new(bytes.Buffer)},
		Say:     &cmdutil.Say{W: new(bytes.Buffer)}, Globals: &cmdutil.Globals{Output: output.Table},
		Target: func(context.Context) (*cmdutil.Target, error) { t.Fatal("opened"); return nil, nil },
	}
	got := ""
	c := &cobra.Command{Use: "policy", SilenceErrors: true, SilenceUsage: true}
	c.PersistentFlags().VarP(&f.Globals.Output, "output", "o", "")
	c.PersistentFlags().StringSliceVar(&f.Globals.Columns, "columns", nil, "")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errs.Usage(err.Error()) })
	c.AddCommand(
		NewCmdShow(f, func(context.Context, *ShowOptions) error { got = "show"; return nil }),
		NewCmdDiff(f, func(_ context.Context, o *DiffOptions) error {
			got = fmt.Sprintf("file %s, exit code %v", o.File, o.ExitCode)
			return nil
		}),
		NewCmdCheck(f, func(_ context.Context, o *CheckOptions) error { got = "max " + o.Max.String(); return nil }),
		NewCmdSet(f, func(_ context.Context, o *SetOptions) error { got = ordered(o); return nil }),
	)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return got, err
}

// ordered is what the rules are going to be asked for.
func ordered(o *SetOptions) string {
	var words []string
	add := func(name string, v any) { words = append(words, fmt.Sprintf("%s %v", name, v)) }
	c := o.order.Change
	for name, d := range map[string]*time.Duration{"min": c.MinimumLifetime, "default": c.DefaultLifetime, "max": c.MaximumLifetime} {
		if d != nil {
			add(name, *d)
		}
	}
	for name, b := range map[string]*bool{"enabled": c.Enabled, "once": c.OneTime} {
		if b != nil {
			add(name, *b)
		}
	}
	if c.DefaultLength != nil {
		add("length", *c.DefaultLength)
	}
	for name, l := range map[string]policy.ListOrder{"include": o.order.Include, "exclude": o.order.Exclude} {
		if l.Whole != nil {
			add(name, *l.Whole)
		}
		if len(l.Add)+len(l.Remove) > 0 {
			add(name, fmt.Sprintf("+%v -%v", l.Add, l.Remove))
		}
	}
	if o.DryRun {
		words = append(words, "dry")
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		{"show", "show"},
		{"diff|-f|p.yaml", "file p.yaml, exit code false"},
		{"diff|--file|-|--exit-code", "file -, exit code true"},
		{"check", "max 8h"},
		{"check|--max|1d", "max 1d"},
		{"set|--enable|--multi-use", "enabled true, once false"},
		{"set|--disable|--one-time|--dry-run", "dry, enabled false, once true"},
		{"set|--min-lifetime|30m|--default-lifetime|PT1H|--max-lifetime|480|--length|12", "default 1h0m0s, length 12, max 8h0m0s, min 30m0s"},
		{"set|--include|all", "include [all_users]"},
		{"set|--include|ALL|--exclude|None", "exclude [], include [all_users]"},
		{"set|--include|A, B|--include|C|--exclude|none", "exclude [], include [A, B C]"},
		{"set|--exclude|A", "exclude [A]"},
		{"set|--add-include|A|--add-include|all|--remove-include|B|--add-exclude|C|--remove-exclude|D", "exclude +[C] -[D], include +[A all_users] -[B]"},
	} {
		if got, err := parse(t, strings.Split(c.line, "|")...); err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.line, got, err, c.want)
		}
	}
}

func TestRefusedFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want, hint string }{
		{"set", "nothing to change was asked for", "tap policy set --help"},
		{"set|--dry-run", "nothing to change was asked for", "tap policy set --help"},
		{"set|--length|0", `invalid argument "0" for "--length" flag: "0" is no number of characters`, ""},
		{"set|--length|49", "a passcode of 49 characters is outside of what Microsoft allows, 8 to 48", "--length 48"},
		{"set|--max-lifetime|1h|--default-lifetime|2h", "the default lifetime of 2h would be above the maximum of 1h", "--default-lifetime 1h"},
		{"set|--include|all|--include|A", "--include all goes without another --include", "--include all"},
		{"set|--exclude|A|--exclude|none", "--exclude none goes without another --exclude", "--exclude none"},
		{"set|--exclude|A|--add-exclude|B", "--exclude is the whole new list: give it without --add-exclude and --remove-exclude", ""},
		{"set|-f|p|--length|9", "--file says all there is to change: give it without the flags that change a property", ""},
		{"set|--one-time=false|--length|12", `invalid argument "false" for "--one-time" flag: it is given, or left out`, ""},
		{"set|--include|ALL|--include|Helpdesk", "--include all goes without another --include", "--include all"},
		{"set|--exclude|None|--exclude|Helpdesk", "--exclude none goes without another --exclude", "--exclude none"},
		{"set|--one-time|-o|value", "-o value prints bare values: say which with --columns, from tenantId, property, change, from, to, targetId, targetType, displayName, effect", "--columns tenantId,property,change,from,to,targetId,targetType,displayName,effect"},
		{"set|--one-time|x", `unknown command "x" for "policy set"`, ""},
		{"diff", "no file to compare with was given", "--file policy.yaml"},
		{"check|--max|0", `invalid argument "0" for "--max" flag: "0" is not a duration: it must be at least 1m`, ""},
		{"show|--columns|x", `there is no column "x": choose from tenantId, state, isUsableOnce, defaultLifetimeInMinutes, minimumLifetimeInMinutes, maximumLifetimeInMinutes, defaultLength, includeTargets, excludeTargets`, "--columns tenantId,state,isUsableOnce,defaultLifetimeInMinutes,minimumLifetimeInMinutes,maximumLifetimeInMinutes,defaultLength,includeTargets,excludeTargets"},
	} {
		got, err := parse(t, strings.Split(c.line, "|")...)
		if e := errs.Of(err); e == nil || e.Error() != c.want || strings.Join(e.Hints, "|") != c.hint {
			t.Errorf("%s: %q, %v %q, want %s %q", c.line, got, err, errs.Of(err).Hints, c.want, c.hint)
		}
	}
}

// TestLines pins how text is broken: names of any width, ids never.
func TestLines(t *testing.T) {
	t.Parallel()
	const id = "85158a66-1cb4-5817-baef-d4b7b71a440c"
	for _, c := range []struct {
		name, id string
		width    int
		want     string
	}{
		{"Helpdesk", id, 0, "Helpdesk (" + id + ")"},
		{"Helpdesk", id, 47, "Helpdesk (" + id + ")"},
		{"Helpdesk", id, 46, "Helpdesk|  " + id},
		{"山田山田", id, 46, "山田山田|  " + id},
		{"a group with a long name", id, 12, "a group with|  a long|  name|  " + id},
		{"every user of the tenant", "", 40, "every user of the tenant"},
		{strings.Repeat("x", 50), id, 20, strings.Repeat("x", 20) + "|  " + strings.Repeat("x", 18) + "|  " + strings.Repeat("x", 12) + "|  " + id},
		{"a\u202eb", id, 46, `a\u{202e}b|  ` + id},
	} {
		if got := strings.Join(beside(c.name, c.id, c.width), "|"); got != c.want {
			t.Errorf("%s in %d: %s, want %s", c.name, c.width, got, c.want)
		}
	}
}

// TestWord: a hint can be typed, whatever the file is called.
func TestWord(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a/b_c-d.yaml": "a/b_c-d.yaml", "my file": "'my file'", "it's": `'it'\''s'`, "$(x)": "'$(x)'"} {
		if got := word(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
