package sandbox

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// read is what the flags of all these commands came to, in one comparable value. Command is the one that would run.
type read struct {
	Command          string
	Listen           string
	Tenant           sandbox.Options
	User             string
	Method           string
	Name, With, From string
	Time             string
	Reset            bool
}

func parse(t *testing.T, tty bool, words ...string) (read, error) {
	t.Helper()
	f := &cmdutil.Factory{
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, InTTY: tty, OutTTY: tty, ErrTTY: tty},
		Say:     &cmdutil.Say{W: io.Discard}, Globals: &cmdutil.Globals{Output: output.Table},
	}
	var got read
	root := &cobra.Command{Use: "sandbox", Args: cobra.ArbitraryArgs, RunE: cmdutil.Group, SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errs.Usage(err.Error()) })
	root.AddCommand(
		NewCmdServe(f, nil, func(_ context.Context, o *ServeOptions) error {
			got = read{Command: "serve", Listen: o.Listen, Tenant: o.Tenant}
			return nil
		}),
		NewCmdSignIn(f, func(_ context.Context, o *SignInOptions) error {
			got = read{Command: "signin", User: o.User, Method: o.Method, Name: o.MethodName, With: o.With, From: o.From}
			return nil
		}),
		NewCmdRegister(f, func(_ context.Context, o *RegisterOptions) error {
			got = read{Command: "register", User: o.User, Method: o.Method, Name: o.MethodName, From: o.From}
			return nil
		}),
		NewCmdSessions(f, func(context.Context, *SessionsOptions) error { got = read{Command: "sessions"}; return nil }),
		NewCmdClock(f, func(_ context.Context, o *ClockOptions) error {
			got = read{Command: "clock", Time: o.Time.String(), Reset: o.Reset}
			return nil
		}),
		NewCmdUsers(f, func(context.Context, *UsersOptions) error { got = read{Command: "users"}; return nil }),
		NewCmdReset(f, func(context.Context, *ResetOptions) error { got = read{Command: "reset"}; return nil }),
	)
	fl := root.PersistentFlags()
	fl.VarP(&f.Globals.Output, "output", "o", "")
	fl.Func("tz", "", func(name string) (err error) { f.Globals.Zone, err = when.LoadZone(name); return err })
	root.SetArgs(words)
	err := root.ExecuteContext(t.Context())
	return got, err
}

func TestFlags(t *testing.T) {
	t.Parallel()
	const adele = "adele.vance@contoso.com"
	for _, c := range []struct {
		words string // separated by |
		want  read
	}{
		{"serve", read{Command: "serve", Listen: "127.0.0.1:4010"}},
		{"serve|--listen|127.0.0.1:0|--users|10000|--seed|7|--latency|100ms|--undeclared", read{Command: "serve", Listen: "127.0.0.1:0", Tenant: sandbox.Options{Users: 10000, Seed: 7, Latency: 100 * time.Millisecond, Undeclared: true}}},
		{`serve|--fault|{"match": "GET /users/*", "status": 503, "latency": "200ms"}|--fault|{"match": "* /**", "drop": "late"}|--throttle|20/1s|--throttle|GET /users=300/15s|--replication|20s`, read{Command: "serve", Listen: "127.0.0.1:4010", Tenant: sandbox.Options{
			Replication: 20 * time.Second,
			Faults:      []sandbox.Fault{{Match: "GET /users/*", Status: 503, Latency: sandbox.Duration(200 * time.Millisecond)}, {Match: "* /**", Drop: sandbox.DropLate}},
			Throttle:    []sandbox.Limit{{Calls: 20, Window: time.Second}, {Match: "GET /users", Calls: 300, Window: 15 * time.Second}},
		}}},
		{"serve|--listen|localhost:4010", read{Command: "serve", Listen: "localhost:4010"}},
		{"serve|--listen|[::1]:4010", read{Command: "serve", Listen: "[::1]:4010"}},
		{"serve|--listen|127.8.8.8:1", read{Command: "serve", Listen: "127.8.8.8:1"}},
		{"signin|" + adele, read{Command: "signin", User: adele}},
		{"signin|" + adele + "|--method|fido2|-o|json", read{Command: "signin", User: adele, Method: "fido2"}},
		{"signin|0A5D4B0C-7B3E-4F0E-8D7A-0B2F6D1C9E11", read{Command: "signin", User: "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11"}},
		{"signin|" + adele + "|--with|fido2|--from|203.0.113.7|--method|phone|--method-name|Evil Key", read{Command: "signin", User: adele, With: "fido2", From: "203.0.113.7", Method: "phone", Name: "Evil Key"}},
		{"register|" + adele + "|--method|fido2|--method-name|Evil Key|--from|203.0.113.7", read{Command: "register", User: adele, Method: "fido2", Name: "Evil Key", From: "203.0.113.7"}},
		{"sessions|-o|json", read{Command: "sessions"}},
		{"clock", read{Command: "clock"}},
		{"clock|-o|value", read{Command: "clock"}},
		{"clock|+90m", read{Command: "clock", Time: "+90m"}},
		{"clock|2026-12-01T08:00:00Z", read{Command: "clock", Time: "2026-12-01T08:00:00Z"}},
		{"clock|monday 08:00|--tz|Europe/Helsinki", read{Command: "clock", Time: "monday 08:00"}},
		{"clock|--reset", read{Command: "clock", Reset: true}},
		{"users", read{Command: "users"}},
		{"users|-o|json", read{Command: "users"}},
		{"reset", read{Command: "reset"}},
	} {
		got, err := parse(t, false, strings.Split(c.words, "|")...)
		if err != nil {
			t.Errorf("%s: %v", c.words, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.words, diff)
		}
	}
	if got, err := parse(t, true, "clock", "monday 08:00"); err != nil || got.Time != "monday 08:00" {
		t.Errorf("at a terminal a local time needs no --tz: %+v, %v", got, err)
	}
}

func TestFlagFaults(t *testing.T) {
	t.Parallel()
	const (
		listen = "tap sandbox serve --listen 127.0.0.1:4010"
		signin = "tap sandbox signin adele.vance@contoso.com"
		clock  = `tap sandbox clock "monday 08:00" --tz Europe/Helsinki`
		alone  = "the sandbox is for this machine alone: "
	)
	for _, c := range []struct {
		words, err, hint string // hint: the first, "" for any
	}{
		{"serve|--listen|4010", `--listen takes an address and a port, not "4010"`, listen},
		{"serve|--listen|:4010", alone + `"" is not a loopback address`, listen},
		{"serve|--listen|0.0.0.0:4010", alone + `"0.0.0.0" is not a loopback address`, listen},
		{"serve|--listen|[::]:4010", alone + `"::" is not a loopback address`, listen},
		{"serve|--listen|10.0.0.1:4010", alone + `"10.0.0.1" is not a loopback address`, listen},
		{"serve|--listen|example.com:4010", alone + `"example.com" is not a loopback address`, listen},
		{"serve|--users|-1", "--users, --latency, --policy-delay and --replication take no negative number", ""},
		{"serve|--latency|-1s", "--users, --latency, --policy-delay and --replication take no negative number", ""},
		{"serve|--replication|-1s", "--users, --latency, --policy-delay and --replication take no negative number", ""},
		{"serve|--throttle|20", `invalid argument "20" for "--throttle" flag: "20" is no limit: write it like 20/1s or 300/15s`, ""},
		{"serve|--throttle|GET users=20/1s", `invalid argument "GET users=20/1s" for "--throttle" flag: "GET users" names no call: …`, ""},
		{"serve|--fault|503", `invalid argument "503" for "--fault" flag: a fault is a JSON object like …`, ""},
		{`serve|--fault|{"match": "GET /users", "statuz": 503}`, `invalid argument "{\"match\": \"GET /users\", \"statuz\": 503}" for "--fault" flag: a fault has no "statuz": it knows match, …`, ""},
		{"signin", "one user signs in at a time", signin},
		{"signin|adele@contoso.com|nils@contoso.com", "one user signs in at a time", signin},
		{"signin|me", `"me" is neither an object id nor a user principal name such as user@contoso.com`, signin},
		{"register|adele@contoso.com", "--method says what is registered", "tap sandbox register adele.vance@contoso.com --method fido2"},
		{"register|--method|fido2", "one user registers a method at a time", "tap sandbox register adele.vance@contoso.com --method fido2"},
		{"register|me|--method|fido2", `"me" is neither an object id nor a user principal name such as user@contoso.com`, ""},
		{"sessions|-o|value", "-o value prints bare values: say which with --columns, from id, …", ""},
		{"clock|monday|08:00", "a time is one word: put it in quotes", clock},
		{"clock|soon", `"soon" is not a time: write 2026-12-01T08:00:00Z, "2026-12-01 08:00", "monday 08:00", +2h or now`, clock},
		{"clock|+2h|--reset", "--reset and a time contradict each other: give one of them", ""},
		{"clock|monday 08:00", `"monday 08:00" is a local time, and there is no terminal whose zone it could be read in`, ""},
		{"users|-o|value", "-o value prints bare values: say which with --columns, from id, …", ""},
		{"frobnicate", `"frobnicate" is no command of sandbox`, "sandbox --help"},
	} {
		_, err := parse(t, false, strings.Split(c.words, "|")...)
		e := errs.Of(err)
		if e == nil || !says(e, c.err) || errs.ExitCode(err) != 2 {
			t.Errorf("%s: %v (exit %d), want %s", c.words, err, errs.ExitCode(err), c.err)
			continue
		}
		if c.hint != "" && !slices.Equal(e.Hints, []string{c.hint}) {
			t.Errorf("%s: hints %q, want %q", c.words, e.Hints, c.hint)
		}
	}
}

// says compares an error's words; a text that ends in … gives their beginning.
func says(e *errs.Error, text string) bool {
	begin, open := strings.CutSuffix(text, "…")
	return e.Error() == text || open && strings.HasPrefix(e.Error(), begin)
}
