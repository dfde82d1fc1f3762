package pass

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

const (
	a, n, e, bob = "adele@contoso.com", "nils@contoso.com", "eve@contoso.com", "bob@contoso.com" // bob is not there

	target   = "tap: target: tenant Contoso\n"
	disabled = "tap: warning: the account of Nils <Nil> & Co (nils@contoso.com) is disabled: the pass works only once it is enabled\n"
	holds    = "creating a pass: adele@contoso.com: the user already holds a pass (usable, until 2026-11-23 10:30 UTC), which a new one would end"
	hints    = "tap: hint: --replace\ntap: hint: tap list adele@contoso.com\n"
	nobob    = "tap: error: creating a pass: bob@contoso.com: the tenant has no such user\ntap: request id: r-404\n"
	question = "Adele Vance (adele@contoso.com) already holds a pass: usable, until 2026-11-23 10:30 UTC.\nEnd it and create a new one? [y/N] "
	narrow   = "\nSign in with it at https://aka.ms/mysecurityinfo and\n  register a passkey there.\n"
	footer   = "\nSign in with it at https://aka.ms/mysecurityinfo and register a passkey there.\n"
	card1    = "Temporary Access Pass for Adele Vance (adele@contoso.com)\n\n    +drkzqAD\n\n"
	cardUTC  = card1 + `STATE   FROM                  UNTIL                 LIFETIME  USE
usable  2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h        many times
` + footer
)

// check runs one line and compares all that a shell sees.
func check(t *testing.T, s session, people tenant, line string, want ran) {
	t.Helper()
	if diff := cmp.Diff(want, run(t, s, people, split(line)...), cmp.AllowUnexported(ran{})); diff != "" {
		t.Errorf("tap %s (-want +got):\n%s", line, diff)
	}
}

func TestCreateOne(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		s    session
		held bool
		line string
		want ran
	}{
		{"in a pipe, in UTC", session{}, false, "create " + a, ran{cardUTC, target, 0}},
		{"quiet", session{}, false, "create " + a + " -q", ran{cardUTC, "", 0}},
		{"a terminal changes no word", session{tty: true, columns: 80}, false, "create " + a + " --tz UTC", ran{cardUTC, target, 0}},
		{"in a zone", session{columns: 80}, false, "create " + a + " --tz Europe/Helsinki", ran{card1 + `STATE   FROM                  UNTIL                 LIFETIME  USE
usable  2026-11-23 11:30 EET  2026-11-23 12:30 EET  1h        many times
` + footer, target, 0}},
		{"narrow", session{columns: 60}, false, "create " + a, ran{card1 + `STATE   FROM                  UNTIL                 LIFETIME
usable  2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h
` + narrow, target, 0}},
		{"times are shown as understood, nobody looked", session{}, true, `create ` + a + ` --replace --one-time --start "monday 08:00" --until "monday 10:00" --tz Europe/Helsinki`, ran{
			`Temporary Access Pass for adele@contoso.com

    +drkzqAD

STATE        FROM                  UNTIL                 LIFETIME  USE
notYetValid  2026-11-30 08:00 EET  2026-11-30 10:00 EET  2h        once
` + footer, target + "tap: notice: start: Mon 2026-11-30 08:00 EET (Europe/Helsinki), 06:00 UTC\n" +
				"tap: notice: end: Mon 2026-11-30 10:00 EET (Europe/Helsinki), 08:00 UTC, a lifetime of 2h\n", 0,
		}},
		{"unknown user", session{}, false, "create " + bob, ran{"", target + nobob, 6}},
		{"held", session{}, true, "create " + a, ran{"", target + "tap: error: " + holds + "\n" + hints, 7}},
		{"held, refuse at a terminal", session{tty: true, typed: "y\n"}, true, "create " + a + " --if-exists refuse --tz UTC", ran{"", target + "tap: error: " + holds + "\n" + hints, 7}},
		{"held, no input", session{tty: true, typed: "y\n"}, true, "create " + a + " --no-input --tz UTC", ran{"", target + "tap: error: " + holds + "\n" + hints, 7}},
		{"held, --yes is no answer", session{}, true, "create " + a + " --yes", ran{"", target + "tap: error: " + holds + "\n" + hints, 7}},
		{"held, --yes is no answer at a terminal", session{tty: true, typed: "n\n"}, true, "create " + a + " --yes --tz UTC", ran{"", target + question + "tap: error: " + holds + "\n" + hints, 7}},
		{"held, said yes", session{tty: true, typed: "y\n"}, true, "create " + a + " --tz UTC", ran{cardUTC, target + question, 0}},
		{"held, said no", session{tty: true, typed: "n\n"}, true, "create " + a + " --tz UTC", ran{"", target + question + "tap: error: " + holds + "\n" + hints, 7}},
		{"held, skip", session{}, true, "create " + a + " --if-exists skip", ran{"", target + "tap: notice: Adele Vance (adele@contoso.com) keeps a pass: usable, until 2026-11-23 10:30 UTC\n", 0}},
		{"held, skip, value", session{}, true, "create " + a + " --if-exists skip -o value", ran{"", target + "tap: error: printing a passcode: adele@contoso.com: Adele Vance (adele@contoso.com) keeps a pass: usable, until 2026-11-23 10:30 UTC\ntap: hint: --replace\n", 7}},
		{"held, value", session{}, true, "create " + a + " -o value", ran{"", target + "tap: error: " + holds + "\n" + hints, 7}},
		{"value", session{}, false, "create " + a + " -o value", ran{"+drkzqAD\n", target, 0}},
		{"value of hostile characters", session{}, false, "create " + n + " -o value -q", ran{`<&>"\'=` + "\n", "", 0}},
		{"disabled", session{}, false, "create " + n + " -o value", ran{`<&>"\'=` + "\n", target + disabled, 0}},
		{"a name that acts on a terminal", session{tty: true, columns: 60}, false, "create " + e + " --tz UTC", ran{
			"Temporary Access Pass for Eve\\u{001b}[2J\\u{000a}Exit\\u{202e}\n  (eve@contoso.com)\n\n    nc+&G=xw\n\n" + `STATE   FROM                  UNTIL                 LIFETIME
usable  2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h
` + narrow, target, 0,
		}},
		{"a name that acts on a terminal, asked about", session{tty: true, typed: "y\n"}, true, "create " + e + " --tz UTC -o value", ran{
			"nc+&G=xw\n", target + "Eve\\u{001b}[2J\\u{000a}Exit\\u{202e} (eve@contoso.com) already holds a pass: usable, until 2026-11-23 10:30 UTC.\nEnd it and create a new one? [y/N] ", 0,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			people, adele, _, eve := contoso()
			if c.held {
				adele.held, eve.held = usable(), usable()
			}
			check(t, c.s, people, c.line, c.want)
			if kept := c.held && (c.want.exit == 7 || strings.Contains(c.line, "skip")); kept && adele.made != nil {
				t.Error("a pass was made")
			}
		})
	}
}

func TestCreateSeveral(t *testing.T) {
	t.Parallel()
	all := strings.Join([]string{"create", a, n, e, bob}, " ")
	stderr := target + "tap: error: " + holds + "\n" + hints + disabled + nobob + "tap: error: 2 of 4 users were refused or failed\n"
	for _, c := range []struct {
		name string
		s    session
		line string
		want ran
	}{
		{"in a pipe", session{}, all, ran{`USER               OUTCOME   FROM                  UNTIL                 LIFETIME  USE         PASSCODE
adele@contoso.com  refused   2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h        many times
nils@contoso.com   created   2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h        many times  <&>"\'=
eve@contoso.com    created   2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h        many times  nc+&G=xw
bob@contoso.com    failed
`, stderr, 3}},
		{"80 columns", session{columns: 80}, all, ran{`USER               OUTCOME   UNTIL                 USE         PASSCODE
adele@contoso.com  refused   2026-11-23 10:30 UTC  many times
nils@contoso.com   created   2026-11-23 10:30 UTC  many times  <&>"\'=
eve@contoso.com    created   2026-11-23 10:30 UTC  many times  nc+&G=xw
bob@contoso.com    failed
`, stderr, 3}},
		{"60 columns", session{columns: 60}, all, ran{`USER               OUTCOME   UNTIL                 PASSCODE
adele@contoso.com  refused   2026-11-23 10:30 UTC
nils@contoso.com   created   2026-11-23 10:30 UTC  <&>"\'=
eve@contoso.com    created   2026-11-23 10:30 UTC  nc+&G=xw
bob@contoso.com    failed
`, stderr, 3}},
		{"each is asked about", session{tty: true, columns: 60, typed: "y\n"}, "create " + a + " " + e + " --tz UTC", ran{`USER               OUTCOME   UNTIL                 PASSCODE
adele@contoso.com  replaced  2026-11-23 10:30 UTC  +drkzqAD
eve@contoso.com    created   2026-11-23 10:30 UTC  nc+&G=xw
`, target + question, 0}},
		{"skip", session{columns: 60}, "create " + a + " " + e + " --if-exists skip", ran{`USER               OUTCOME   UNTIL                 PASSCODE
adele@contoso.com  skipped   2026-11-23 10:30 UTC
eve@contoso.com    created   2026-11-23 10:30 UTC  nc+&G=xw
`, target, 0}},
		{"all unknown: not one of the codes that are shared", session{columns: 60}, "create " + bob + " bo@contoso.com -q", ran{`USER             OUTCOME   UNTIL                 PASSCODE
bob@contoso.com  failed
bo@contoso.com   failed
`, nobob + strings.ReplaceAll(nobob, "bob@", "bo@") + "tap: error: 2 of 2 users were refused or failed\n", 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			people, adele, _, _ := contoso()
			adele.held = usable()
			check(t, c.s, people, c.line, c.want)
		})
	}
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	people, adele, nils, _ := contoso()
	adele.held = usable()
	for line, outcomes := range map[string]string{
		"create " + a + " " + n + " --dry-run -q":                        "refused created",
		"create " + a + " " + n + " --dry-run -q --replace":              "replaced created",
		"create " + a + " " + n + " --dry-run -q --if-exists skip":       "skipped created",
		"create " + a + " --dry-run -q --if-exists skip":                 "skipped",
		"delete " + a + " " + n + " --dry-run -q":                        "deleted skipped",
		"delete " + a + " " + n + " --dry-run -q --state expired":        "skipped skipped",
		"delete " + a + " " + n + " --dry-run -q --state expired,usable": "deleted skipped",
	} {
		r := run(t, session{tty: true, typed: "y\ny\n"}, people, split(line)...)
		var got []string
		for _, row := range strings.Split(strings.TrimSpace(r.stdout), "\n")[1:] {
			got = append(got, strings.Fields(row)[1])
		}
		if strings.Join(got, " ") != outcomes {
			t.Errorf("tap %s: %q, want %q", line, got, outcomes)
		}
	}
	if adele.held == nil || adele.made != nil || nils.made != nil {
		t.Error("a dry run sent something")
	}
}

// TestCreateJSON pins the array byte for byte: nothing is escaped for HTML, failed ones are included.
func TestCreateJSON(t *testing.T) {
	t.Parallel()
	const created = `{
    "tenantId": "t-1",
    "userId": "1a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e22",
    "userPrincipalName": "nils@contoso.com",
    "displayName": "Nils <Nil> & Co",
    "outcome": "created",
    "dryRun": false,
    "passId": "p-nils",
    "temporaryAccessPass": "<&>\"\\'=",
    "startDateTime": "2026-11-23T09:30:00Z",
    "endDateTime": "2026-11-23T10:30:00Z",
    "lifetimeInMinutes": 60,
    "isUsableOnce": false,
    "state": "usable",
    "reason": null,
    "error": null,
    "hint": null,
    "requestId": "r-201"
  }`
	const refused = `{
    "tenantId": "t-1",
    "userId": "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11",
    "userPrincipalName": "adele@contoso.com",
    "displayName": "Adele Vance",
    "outcome": "refused",
    "dryRun": false,
    "passId": "p-old",
    "temporaryAccessPass": null,
    "startDateTime": "2026-11-23T09:30:00Z",
    "endDateTime": "2026-11-23T10:30:00Z",
    "lifetimeInMinutes": 60,
    "isUsableOnce": false,
    "state": "usable",
    "reason": "holds_pass",
    "error": "` + holds + `",
    "hint": "--replace",
    "requestId": null
  }`
	const failed = `{
    "tenantId": "t-1",
    "userId": null,
    "userPrincipalName": "bob@contoso.com",
    "displayName": null,
    "outcome": "failed",
    "dryRun": false,
    "passId": null,
    "temporaryAccessPass": null,
    "startDateTime": null,
    "endDateTime": null,
    "lifetimeInMinutes": null,
    "isUsableOnce": null,
    "state": null,
    "reason": null,
    "error": "creating a pass: bob@contoso.com: the tenant has no such user",
    "hint": null,
    "requestId": "r-404"
  }`
	for line, want := range map[string]ran{
		"create " + n + " -o json -q": {"[\n  " + created + "\n]\n", "", 0},
		"create " + strings.Join([]string{a, n, bob}, " ") + " -o json -q": {
			"[\n  " + strings.Join([]string{refused, created, failed}, ",\n  ") + "\n]\n",
			`{"error":{"slug":"partial","reason":null,"message":"2 of 3 users were refused or failed","hint":null,"exitCode":3,"requestId":null}}` + "\n", 3,
		},
		"create " + bob + " -o json -q": {
			"[\n  " + failed + "\n]\n",
			`{"error":{"slug":"not_found","reason":null,"message":"creating a pass: bob@contoso.com: the tenant has no such user","hint":null,"exitCode":6,"requestId":"r-404"}}` + "\n", 6,
		},
		"create " + a + " -o json -q": {
			"[\n  " + refused + "\n]\n",
			`{"error":{"slug":"rejected","reason":"holds_pass","message":"` + holds + `","hint":"--replace","exitCode":7,"requestId":null}}` + "\n", 7,
		},
		"create .. -o json": {
			"", `{"error":{"slug":"usage","reason":null,"message":"\"..\" is neither an object id nor a user principal name such as user@contoso.com","hint":"tap create user@contoso.com","exitCode":2,"requestId":null}}` + "\n", 2,
		},
	} {
		people, adele, _, _ := contoso()
		adele.held = usable()
		check(t, session{columns: 60}, people, line, want)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	const nobody = "tap: error: listing passes: bob@contoso.com: the tenant has no such user\ntap: request id: r-404\n"
	const adeles = `[
  {
    "tenantId": "t-1",
    "userId": "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11",
    "userPrincipalName": "adele@contoso.com",
    "displayName": "Adele Vance",
    "state": "usable",
    "startDateTime": "2026-11-23T09:30:00Z",
    "endDateTime": "2026-11-23T10:30:00Z",
    "lifetimeInMinutes": 60,
    "isUsableOnce": false,
    "createdDateTime": "2026-11-23T09:30:00Z",
    "lastUsedDateTime": null,
    "passId": "p-old"
  }
]
`
	for _, c := range []struct {
		s    session
		line string
		want ran
	}{
		{session{}, "list " + a, ran{`USER               STATE             FROM                  UNTIL                 LIFETIME  USE         PASS ID
adele@contoso.com  usable            2026-11-23 09:30 UTC  2026-11-23 10:30 UTC  1h        many times  p-old
`, "", 0}},
		{session{columns: 80}, "list " + a + " --tz Europe/Helsinki", ran{`USER               STATE             FROM                  UNTIL
adele@contoso.com  usable            2026-11-23 11:30 EET  2026-11-23 12:30 EET
`, "", 0}},
		{session{columns: 60}, "list " + a, ran{`USER               STATE             UNTIL
adele@contoso.com  usable            2026-11-23 10:30 UTC
`, "", 0}},
		{session{}, "list " + a + " -o json", ran{adeles, "", 0}},
		{session{}, "list " + e, ran{"", "tap: notice: Eve\\u{001b}[2J\\u{000a}Exit\\u{202e} (eve@contoso.com) holds no pass\n", 0}},
		{session{}, "list " + e + " -o json -q", ran{"[]\n", "", 0}},
		{session{}, "list " + bob, ran{"", nobody, 6}},
		{session{columns: 60}, "list " + a + " " + bob, ran{`USER               STATE             UNTIL
adele@contoso.com  usable            2026-11-23 10:30 UTC
`, nobody + "tap: error: 1 of 2 users were refused or failed\n", 3}},
	} {
		people, adele, _, _ := contoso()
		adele.held = usable()
		check(t, c.s, people, c.line, c.want)
	}
	people, adele, _, _ := contoso()
	adele.held = usable()
	adele.held.Start = time.Time{}
	check(t, session{columns: 60}, people, "list "+a, ran{"USER               STATE             UNTIL\nadele@contoso.com  unknown\n", "", 0})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	const open = "tap: notice: sessions that are already open stay open, and methods registered with a pass stay registered\n"
	const row = `USER               OUTCOME   UNTIL
adele@contoso.com  deleted   2026-11-23 10:30 UTC
`
	for _, c := range []struct {
		name string
		s    session
		line string
		gone bool
		want ran
	}{
		{"--yes", session{columns: 50}, "delete " + a + " --yes", true, ran{row, target + open, 0}},
		{"quiet", session{columns: 50}, "delete " + a + " --yes -q", true, ran{row, "", 0}},
		{"said yes", session{columns: 50, tty: true, typed: "yes\n"}, "delete " + a + " --tz UTC", true, ran{row, target + "Delete the pass of adele@contoso.com? [y/N] " + open, 0}},
		{"said no", session{tty: true, typed: "n\n"}, "delete " + a, false, ran{"", target + "Delete the pass of adele@contoso.com? [y/N] tap: error: not confirmed: nothing was changed\ntap: hint: --dry-run\n", 2}},
		{"nobody to ask", session{typed: "y\n"}, "delete " + a, false, ran{"", "tap: error: this asks before it changes something, and nobody can be asked here\ntap: hint: --yes\n", 2}},
		{"--no-input", session{tty: true, typed: "y\n"}, "delete " + a + " --no-input", false, ran{"", "tap: error: this asks before it changes something, and nobody can be asked here\ntap: hint: --yes\n", 2}},
		{"not in this state", session{columns: 50}, "delete " + a + " --yes --state expired,used", false, ran{"USER               OUTCOME   UNTIL\nadele@contoso.com  skipped\n", target, 0}},
		{"dry-run", session{columns: 50}, "delete " + a + " --dry-run", false, ran{row, target, 0}},
		{"none", session{columns: 50}, "delete " + e + " --yes", false, ran{"USER             OUTCOME   UNTIL\neve@contoso.com  skipped\n", target, 0}},
		{"several", session{columns: 50, tty: true, typed: "y\n"}, "delete " + a + " " + bob + " --tz UTC", true, ran{
			row + "bob@contoso.com    failed\n",
			target + "Delete the passes of adele@contoso.com, bob@contoso.com? [y/N] tap: error: deleting the pass: bob@contoso.com: the tenant has no such user\ntap: request id: r-404\n" + open + "tap: error: 1 of 2 users were refused or failed\n", 3,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			people, adele, _, _ := contoso()
			adele.held = usable()
			check(t, c.s, people, c.line, c.want)
			if (adele.held == nil) != c.gone {
				t.Errorf("the pass is gone: %v", adele.held == nil)
			}
		})
	}
}

// TestFullStdout: an answer that cannot be written is exit 10, and nobody goes on making passes whose codes are lost.
func TestFullStdout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line  string
		takes int
		err   string // after "writing the answer: stdout: no space left on device"
	}{
		{"create " + a, 20, ": adele@contoso.com has a new pass whose code nobody saw\ntap: hint: tap create adele@contoso.com --replace"},
		{"create " + a + " " + n, 20, ": adele@contoso.com has a new pass whose code nobody saw\ntap: hint: tap create adele@contoso.com --replace"},
		{"create " + a + " -o value", 3, ": adele@contoso.com has a new pass whose code nobody saw\ntap: hint: tap create adele@contoso.com --replace"},
		{"create " + bob + " " + n + " --dry-run", 0, ""},
		{"delete " + a + " " + n + " --yes", 0, ""},
	} {
		people, _, nils, _ := contoso()
		r := run(t, session{out: &full{left: c.takes}}, people, split(c.line)...)
		want := target + "tap: error: writing the answer: stdout: no space left on device" + c.err + "\n"
		if r.exit != 10 || r.stderr != want || nils.made != nil {
			t.Errorf("tap %s: exit %d, nils %v\n%s\nwant 10:\n%s", c.line, r.exit, nils.made, r.stderr, want)
		}
	}
	people, adele, _, _ := contoso()
	adele.held = usable()
	if r := run(t, session{out: &full{}}, people, "list", a, "-o", "json"); r.exit != 10 {
		t.Errorf("tap list: exit %d: %s", r.exit, r.stderr)
	}
}

// stopped is a context that ends with a call about the account.
func stopped(t *testing.T, by *account, slug errs.Slug) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	t.Cleanup(func() { cancel(nil) })
	by.hook = func() { cancel(&errs.Error{Slug: slug, Why: "interrupted"}) }
	return ctx
}

// TestInterrupted: users that were not begun stay as they are, what is done is printed whole, the code is 130.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"create " + a + " " + n + " -o json -q", "delete " + a + " " + n + " -y -o json -q"} {
		people, adele, nils, _ := contoso()
		nils.held = usable()
		r := run(t, session{ctx: stopped(t, adele, errs.Interrupted)}, people, split(line)...)
		var rows []map[string]any
		if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil || len(rows) != 1 {
			t.Errorf("tap %s: %v\n%s", line, err, r.stdout)
		}
		want := `{"error":{"slug":"interrupted","reason":null,"message":"interrupted: 1 of 2 users are done, not begun: nils@contoso.com","hint":null,"exitCode":130,"requestId":null}}` + "\n"
		if r.exit != 130 || r.stderr != want || nils.held == nil || nils.made != nil {
			t.Errorf("tap %s: exit %d, nils %+v\n%s", line, r.exit, nils, r.stderr)
		}
	}
}

// TestInterruptedList: the array is closed, whatever ends the command.
func TestInterruptedList(t *testing.T) {
	t.Parallel()
	people, adele, _, _ := contoso()
	adele.held = usable()
	r := run(t, session{ctx: stopped(t, adele, errs.Interrupted)}, people, "list", a, n, "-o", "json")
	if !json.Valid([]byte(r.stdout)) || r.exit != 130 {
		t.Errorf("exit %d, stdout:\n%s", r.exit, r.stdout)
	}
}

// TestInterruptedLast: Ctrl-C during the last of several users is an interruption too, not one user who failed.
func TestInterruptedLast(t *testing.T) {
	t.Parallel()
	people, _, nils, _ := contoso()
	ctx := stopped(t, nils, errs.Interrupted)
	nils.err = &errs.Error{Slug: errs.Interrupted, Why: "interrupted"} // as pkg/graph tells it
	for _, line := range []string{"create " + a + " " + n + " -q", "list " + a + " " + n} {
		if r := run(t, session{ctx: ctx}, people, split(line)...); r.exit != 130 {
			t.Errorf("tap %s: exit %d: %s", line, r.exit, r.stderr)
		}
		ctx = stopped(t, nils, errs.Interrupted)
	}
}
