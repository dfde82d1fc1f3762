package pass

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// read is what the flags of `tap create` and `tap delete` came to, in one comparable value.
type read struct {
	Refs                     string
	Start, Until, Life, Zone string
	OneTime                  string // of the wish: "", "true", "false"
	IfExists                 pass.IfExists
	Privileged, DryRun       bool
	SignIns                  bool // of tap show
	States                   string
	All, Deep                bool
	Expect                   int
}

// parse runs a command line up to the run. The error is the flags' or the validation's.
func parse(t *testing.T, s session, line string) (read, error) {
	t.Helper()
	f, globals, _, _ := factory(s, pass.Desk{})
	f.Reports = func(ways ...string) error { return s.reports }
	var got read
	commands := map[string]*cobra.Command{
		"create": NewCmdCreate(f, func(_ context.Context, o *CreateOptions) error {
			got = read{
				Refs: joined(o.refs), Start: o.Wish.Start.String(), Until: o.Wish.Until.String(), Life: o.Wish.Lifetime.String(),
				IfExists: pass.IfExists(o.IfExists), Privileged: o.AllowPrivileged, DryRun: o.DryRun,
			}
			if z := o.Wish.Zone; z != nil {
				got.Zone = z.String()
			}
			if o.Wish.OneTime != nil {
				got.OneTime = map[bool]string{true: "true", false: "false"}[*o.Wish.OneTime]
			}
			return nil
		}),
		"watch": NewCmdWatch(f, func(_ context.Context, o *WatchOptions) error {
			got = read{Refs: joined(o.refs), Until: o.Until.String(), Life: o.Interval.String()}
			return nil
		}),
		"show": NewCmdShow(f, func(_ context.Context, o *ShowOptions) error {
			got = read{Refs: string(o.ref), SignIns: o.SignIns}
			return nil
		}),
		"list": NewCmdList(f, func(_ context.Context, o *ListOptions) error {
			got = read{Refs: joined(o.refs), States: o.States.String(), Life: o.Expiring.String(), All: o.Many.All, Deep: o.Many.Deep}
			return nil
		}),
		"delete": NewCmdDelete(f, func(_ context.Context, o *DeleteOptions) error {
			got = read{Refs: joined(o.refs), States: o.States.String(), DryRun: o.DryRun, All: o.Many.All, Deep: o.Many.Deep, Expect: o.Expect}
			return nil
		}),
	}
	words := split(line)
	c := commands[words[0]]
	globals(c)
	c.SetArgs(words[1:])
	err := c.ExecuteContext(t.Context())
	return got, err
}

func joined[T ~string](refs []T) string {
	var s []string
	for _, r := range refs {
		s = append(s, string(r))
	}
	return strings.Join(s, " ")
}

// split cuts a line into words; a word may stand in double quotes.
func split(line string) []string {
	var words []string
	for n, part := range strings.Split(line, `"`) {
		if n%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func TestFlags(t *testing.T) {
	t.Parallel()
	const a, b = "adele@contoso.com", "nils@contoso.com"
	ask := read{Refs: a, IfExists: pass.Ask}
	with := func(change func(*read)) read { r := ask; change(&r); return r }
	for line, want := range map[string]read{
		"create " + a:                                  ask,
		"create " + a + " --lifetime 2h":               with(func(r *read) { r.Life = "2h" }),
		"create " + a + " --lifetime PT8H --start now": with(func(r *read) { r.Life, r.Start = "8h", "now" }),
		"create " + a + " --lifetime 480":              with(func(r *read) { r.Life = "8h" }),
		"create " + a + " --until +2h":                 with(func(r *read) { r.Until = "+2h" }),
		`create ` + a + ` --start "monday 08:00" --until "monday 10:00" --tz Europe/Helsinki`: with(func(r *read) {
			r.Start, r.Until, r.Zone = "monday 08:00", "monday 10:00", "Europe/Helsinki"
		}),
		"create " + a + " --one-time":                            with(func(r *read) { r.OneTime = "true" }),
		"create " + a + " --multi-use":                           with(func(r *read) { r.OneTime = "false" }),
		"create " + a + " --replace":                             with(func(r *read) { r.IfExists = pass.Replace }),
		"create " + a + " --replace --if-exists replace":         with(func(r *read) { r.IfExists = pass.Replace }),
		"create " + a + " --if-exists skip":                      with(func(r *read) { r.IfExists = pass.Skip }),
		"create " + a + " --if-exists refuse --allow-privileged": with(func(r *read) { r.IfExists, r.Privileged = pass.Refuse, true }),
		"create " + a + " --if-exists replace --dry-run":         with(func(r *read) { r.IfExists, r.DryRun = pass.Replace, true }),
		"create " + a + " --replace -o value":                    with(func(r *read) { r.IfExists = pass.Replace }),
		"create " + a + " ADELE@contoso.com " + b:                with(func(r *read) { r.Refs = a + " " + b }), // one user once
		"create " + a + " ADELE@contoso.com -o value":            ask,
		"create -- " + a:                                         ask,
		"list " + a + " " + b:                                    {Refs: a + " " + b},
		"list 0A5D4B0C-7B3E-4F0E-8D7A-0B2F6D1C9E11 -o json":      {Refs: "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11"},
		"show " + a: {Refs: a},
		"show 0A5D4B0C-7B3E-4F0E-8D7A-0B2F6D1C9E11 --sign-ins": {Refs: "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11", SignIns: true},
		"watch " + a: {Refs: a, Until: "registered", Life: "0"},
		"watch " + a + " --until used --interval 90s": {Refs: a, Until: "used", Life: "1m30s"},
		"delete " + a:                           {Refs: a},
		"delete " + a + " --yes --dry-run":      {Refs: a, DryRun: true},
		"delete " + a + " --state expired,used": {Refs: a, States: "expired,used"},
		`delete ` + a + ` --state "USABLE, notyetvalid" --state disabledbypolicy`: {Refs: a, States: "usable,notYetValid,disabledByPolicy"},
	} {
		got, err := parse(t, session{}, line)
		if err != nil {
			t.Errorf("tap %s: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tap %s:\n%s", line, diff)
		}
	}
	for line, want := range map[string]read{
		"list --all":                                                 {All: true},
		"list --all --state used,usable":                             {All: true, States: "used,usable"},
		"list --all --deep --yes":                                    {All: true, Deep: true},
		"list " + a + " --expiring 1h":                               {Refs: a, Life: "1h"},
		"list --file x.csv --expiring 90":                            {Life: "1h30m"},
		"delete --all --state used --dry-run":                        {All: true, States: "used", DryRun: true},
		"delete --file x.csv --expect 3 --yes":                       {Expect: 3},
		"delete --all --deep --state expired,used --yes --expect 0":  {All: true, Deep: true, States: "expired,used"},
		"delete --all --state expired,used --yes --expect 37 -o csv": {All: true, States: "expired,used", Expect: 37},
	} {
		got, err := parse(t, session{}, line)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("tap %s: %v\n%s", line, err, diff)
		}
	}
	got, err := parse(t, session{tty: true}, "delete --all --state used")
	if err != nil || !got.All {
		t.Errorf("at a terminal it is asked: %+v, %v", got, err)
	}
	if _, err := parse(t, session{reports: errs.Usage("no reports here", "--all --deep")}, "list --all"); errs.ExitCode(err) != 2 {
		t.Errorf("a cloud without reports: %v", err)
	}
	if _, err := parse(t, session{reports: errs.Usage("no reports here", "--all --deep")}, "list --all --deep --yes"); err != nil {
		t.Errorf("every user is asked for without a report: %v", err)
	}
	got, err = parse(t, session{tty: true}, `create `+a+` --start "monday 08:00"`)
	if err != nil || got.Zone != "Local" {
		t.Errorf("at a terminal a local time is read in the machine's zone: %+v, %v", got, err)
	}
}

func TestFlagFaults(t *testing.T) {
	t.Parallel()
	const a = "adele@contoso.com"
	const (
		notUser  = ` is neither an object id nor a user principal name such as user@contoso.com`
		noZone   = ` is a local time, and there is no terminal whose zone it could be read in`
		outside  = ` is outside of what Microsoft Graph knows, 10 minutes to 30 days`
		noTime   = ` is not a time: write 2026-12-01T08:00:00Z, "2026-12-01 08:00", "monday 08:00", +2h or now`
		noLife   = ` is not a duration: write 90m, 8h, 3d, 1h30m, PT8H or 480 (minutes)`
		noState  = ` is no state of a pass: choose from notYetValid,usable,expired,used,disabledByPolicy`
		ends     = `--until and --lifetime both say when the pass ends: give one of them`
		contra   = ` contradict each other: give one of them`
		bareCode = `-o value prints bare values: say which with --columns, from tenantId, …`
		create   = "tap create user@contoso.com"

		everybody = "--all names everybody: give no users, no --file and no --group with it"
		bothOf    = "--all deletes the passes of everybody: without a question it takes both --yes and --expect with their number, which --dry-run tells"
	)
	for _, c := range []struct {
		line, err, hint string // hint: the first, "" for any
	}{
		{"create", "no user was given", create},
		{"list", "no user was given", "tap list user@contoso.com"},
		{"delete", "no user was given", "tap delete user@contoso.com"},
		{"show", "no user was given", "tap show user@contoso.com"},
		{"show me", `"me"` + notUser, "tap show user@contoso.com"},
		{"show " + a + " nils@contoso.com", "one user at a time, not 2", "tap show user@contoso.com"},
		{"show " + a + " -o value", bareCode, ""},
		{`create ""`, "no user was given: name one by user principal name or object id", create},
		{"create ..", `".."` + notUser, create},
		{"create me", `"me"` + notUser, create},
		{"create " + a + " ../me", `"../me"` + notUser, create},
		{"create a/b@contoso.com", `"a/b@contoso.com" is not a user principal name: before the @ stand letters, digits and '.-_!#^~`, create},
		{"create adele@contoso", `"adele@contoso" is not a user principal name: "contoso" is not a domain`, create},

		{"create " + a + " --lifetime 9", "a lifetime of 9m" + outside, "--lifetime 8h"},
		{"create " + a + " --lifetime 31d", "a lifetime of 31d" + outside, "--lifetime 8h"},
		{"create " + a + " --lifetime 0", `invalid argument "0" for "--lifetime" flag: "0" is not a duration: it must be at least 1m`, ""},
		{"create " + a + " --lifetime 1.5h", `invalid argument "1.5h" for "--lifetime" flag: "1.5h"` + noLife, ""},
		{"create " + a + " --start 8am", `invalid argument "8am" for "--start" flag: "8am"` + noTime, ""},
		{"create " + a + ` --start "2026-12-01 08:00"`, `"2026-12-01 08:00"` + noZone, "--tz Europe/Helsinki"},
		{"create " + a + ` --until "tomorrow 08:00"`, `"tomorrow 08:00"` + noZone, "--tz Europe/Helsinki"},
		{"create " + a + " --tz Moon", `invalid argument "Moon" for "--tz" flag: "Moon" is not a time zone: write an IANA name, e.g. Europe/Helsinki`, ""},
		{"create " + a + " --until +2h --lifetime 2h", ends, ""},
		{"create " + a + " --one-time --multi-use", "--one-time and --multi-use" + contra, ""},
		{"create " + a + " --replace --if-exists skip", "--replace and --if-exists skip" + contra, ""},
		{"create " + a + " --if-exists refuse --replace", "--replace and --if-exists refuse" + contra, ""},
		{"create " + a + " --if-exists ask", `invalid argument "ask" for "--if-exists" flag: "ask" is none of refuse, replace, skip`, ""},
		{"create " + a + " --if-exists delete", `invalid argument "delete" for "--if-exists" flag: "delete" is none of refuse, replace, skip`, ""},
		{"create " + a + " nils@contoso.com -o value", "-o value prints the passcode of exactly one user", "--output json"},
		{"create " + a + " --dry-run -o value", "--dry-run makes no passcode for -o value to print", "--output json"},
		{"create " + a + " -o xml", `invalid argument "xml" for "-o, --output" flag: "xml" is no output format: choose ` + new(output.Format).Type(), ""},
		{"create " + a + " --passcode x", "unknown flag: --passcode", ""},
		{"list " + a + " -o value", bareCode, ""},
		{"watch", "no user was given", ""},
		{"watch " + a + " --until done", `invalid argument "done" for "--until" flag: "done" is nothing to wait for: choose from usable, used, registered`, ""},
		{"watch " + a + " --interval 0.5s", "--interval 500ms is too short: the service is asked once a second at most", "--interval 1s"},
		{"delete " + a + " -o value", bareCode, ""},
		{"delete " + a + " --state gone", `invalid argument "gone" for "--state" flag: "gone"` + noState, ""},
		{"delete " + a + " --state expired,", `invalid argument "expired," for "--state" flag: ""` + noState, ""},
		{"delete " + a + " --replace", "unknown flag: --replace", ""},
		{"list --all " + a, everybody, "tap list --help"},
		{"list --all --file x.csv", everybody, "tap list --help"},
		{"list --deep " + a, "--deep is for everybody: it goes with --all", "--all --deep"},
		{"list --all --deep", "this asks before it sends very many requests, and nobody can be asked here", "--yes"},
		{"list " + a + " --state gone", `invalid argument "gone" for "--state" flag: "gone"` + noState, ""},
		{"delete --all --group x --state used", everybody, "tap delete --help"},
		{"delete --all --yes", "--all deletes the passes of everybody: say in which states", "--state expired,used"},
		{"delete --all --state expired,used", bothOf, "--dry-run"},
		{"delete --all --state expired,used --yes", bothOf, "--dry-run"},
		{"delete --all --state expired,used --expect 3", bothOf, "--dry-run"},
		{"delete " + a + " --expect 1", "--expect is for many users: name them with --file, --group or --all", "--file leavers.csv"},
		{"delete --file x.csv --expect -1", "--expect is not negative", "--expect 0"},
	} {
		_, err := parse(t, session{}, c.line)
		e := errs.Of(err)
		if e == nil || !says(e, c.err) || errs.ExitCode(err) != 2 {
			t.Errorf("tap %s: %v (exit %d), want %s", c.line, err, errs.ExitCode(err), c.err)
			continue
		}
		if c.hint != "" && !slices.Equal(e.Hints, []string{c.hint}) {
			t.Errorf("tap %s: hints %q, want %q", c.line, e.Hints, c.hint)
		}
	}
}

// TestContradictionsHaveHints: the issue asks for an error and a hint, for contradictory flags too.
func TestContradictionsHaveHints(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{"--one-time --multi-use", "--replace --if-exists skip", "--until +2h --lifetime 2h"} {
		if _, err := parse(t, session{}, "create adele@contoso.com "+flags); err == nil || len(errs.Of(err).Hints) == 0 {
			t.Errorf("%s: %v, without a hint", flags, err)
		}
	}
}

// says compares an error's words; a text that ends in … gives their beginning.
func says(e *errs.Error, text string) bool {
	begin, open := strings.CutSuffix(text, "…")
	return e.Error() == text || open && strings.HasPrefix(e.Error(), begin)
}
