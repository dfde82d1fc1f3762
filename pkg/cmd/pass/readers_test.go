package pass

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const readers = "../../../testdata/readers"

// The characters of the sandbox's passcodes, written again from pkg/sandbox/codes.go: pass.go imports nothing of it.
const (
	sandboxCharacters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789" + "+&=!$%@-#*?"
	shortest, longest = 8, 48
)

// pairs are passcodes in which every two characters stand side by side at the start, in the middle and at the end, in
// every length there is.
func pairs() (out []string) {
	n := len(sandboxCharacters)
	pair := func(k int) string {
		k %= n * n
		return string(sandboxCharacters[k/n]) + string(sandboxCharacters[k%n])
	}
	for k := range n * n {
		length := shortest + k%(longest-shortest+1)
		fill := ""
		for i := range length - 6 {
			fill += string(sandboxCharacters[(k+7*i)%n])
		}
		half := len(fill) / 2
		out = append(out, pair(k)+fill[:half]+pair(k+n*n/3)+fill[half:]+pair(k+2*n*n/3))
	}
	return out
}

// lookAlikes are passcodes that a reader could take for something else: alone, as the beginning of a longer one, and as its end.
func lookAlikes() (out []string) {
	for _, s := range []string{
		"1e3", "1E3", "-1e-3", "0x1F", "0o17", "017", "1_000", "+12", "-0", "0", "1", ".5", "5.", "12:30:45", "1:2", "2026-11-23", "2026-11-23T09:30:00Z", "1,5",
		"true", "True", "TRUE", "false", "yes", "Yes", "no", "on", "off", "y", "n", "null", "Null", "NULL", "nil", "None", "undefined", "~", ".inf", "-.Inf", ".nan", "NaN", "Infinity",
		"-", "--", "---", "...", "- a", "? a", "a: b", "a:", ":", "# a", "a #b", "#", "##", "##[", "::", "%", "%20", "%YAML", "%25", "&a", "*a", "!!str", "!a", "|", ">", ">-", "@a", "`a", "{}", "[]", "{a", "]a", "<<", "=",
		"=1+1", "@SUM(A1)", "+1", "-1+1", "'=1", "'", "''", `"`, `""`, `"a"`, ",", ";", ",a,", "\\", `\n`, `\u0041`, `\x41`, "\\\\", "$", "$$", "$(x)", "${x}", "`x`", "!!", "!x", "*", "?", "<&>", "&amp;", "&#43;", "a b", " a ", "  ",
		"\u00e4\u00f6\u00df", "山田", "🦜", "e\u0301", "\u200b", "\ufeff", "\u2028", "\u0085", "\x7f", "\x1b[2J", "-n", "-e", "--help",
	} {
		out = append(out, s, s+strings.Repeat("z", shortest), strings.Repeat("z", shortest)+s)
	}
	return out
}

// readNames are names that stand beside a passcode.
func readNames() []string {
	out := []string{
		"Adele Vance", "", "a,b", "a;b", `a"b`, `"a"`, `a""b,"c`, "'a'", "\n", "a\nb", "a\n", "\na", "a\rb", "\r", "\ta", "a\t", "=1+1", "+1", "-1", "@a", " =1", "a\\", `\`, `\"`,
		"\x01\x1f\x7f", "\u0080\u009f", "\u2028\u2029", "\ufeffa", "\ufffe", "\uffff", "\U0001f99c", "\U0010ffff", "\ue000", "~", "null", "true", "1e3", "---", "- a", "# a", "a: b", "|", "%", "::error::x", "##[x]y",
	}
	for _, p := range hostilePeople() {
		out = append(out, p.DisplayName)
	}
	return out
}

// printing is the passes that are printed, and the files that hold them.
type printing struct {
	name    string
	codes   []string
	columns []string
}

// TestReaders: every passcode comes back to the byte from every format, read by Go, by Python, by Perl and by a shell,
// whatever stands beside it, with and without a runner that guards the output.
func TestReaders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var files []file
	for _, p := range []printing{
		{"pairs", pairs(), []string{"temporaryAccessPass"}}, // alone, or the readers take too long
		{"lookalikes", lookAlikes(), []string{"displayName", "temporaryAccessPass"}},
		{"whole", lookAlikes()[:len(readNames())], nil}, // every column
	} {
		for _, ci := range []*runner.Runner{nil, actions()} {
			for _, f := range output.Formats()[1:] {
				files = append(files, p.print(t, dir, "all."+string(f), cmdutil.Globals{Output: f, Columns: p.columns}, ci))
			}
			if p.name == "pairs" { // what is shown of the others to people is escaped
				for name, g := range bareDresses(t) {
					files = append(files, p.print(t, dir, name+".value", g, ci))
				}
			}
		}
	}
	t.Run("Go", func(t *testing.T) {
		t.Parallel()
		for _, f := range files {
			f.compare(t, f.readByGo(t))
		}
	})
	for _, program := range [][]string{
		{"Python 3 with PyYAML", "python3", "-c", "import yaml", "read.py"},
		{"Perl with JSON::PP, Text::CSV and YAML::PP", "perl", "-MText::CSV", "-MYAML::PP", "-MJSON::PP", "-e1", "read.pl"},
	} {
		t.Run(program[1], func(t *testing.T) {
			t.Parallel()
			last := len(program) - 1
			needs(t, program[0], program[1:last]...)
			for f, rows := range readByProgram(t, files, program[1], filepath.Join(readers, program[last])) {
				f.compare(t, rows)
			}
		})
	}
	t.Run("bash", func(t *testing.T) {
		t.Parallel()
		needs(t, "bash", "bash", "-c", "true")
		readByShell(t, files)
	})
}

// bareDresses are the ways beside -o value in which a line ends with a bare passcode.
func bareDresses(t *testing.T) map[string]cmdutil.Globals {
	t.Helper()
	var array, rows output.Query
	if err := errors.Join(array.Set(".[].temporaryAccessPass"), rows.Set(".temporaryAccessPass")); err != nil {
		t.Fatal(err)
	}
	return map[string]cmdutil.Globals{
		"jq":      {Output: output.JSON, JQ: array},
		"jq-rows": {Output: output.JSONL, JQ: rows},
		"column":  {Output: output.Table, NoHeader: true, Columns: []string{"temporaryAccessPass"}},
		"table":   {Output: output.Table, NoHeader: true},
	}
}

func actions() *runner.Runner {
	return runner.Detect(func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] })
}

// file is one answer that was printed.
type file struct {
	path   string
	format output.Format
	ci     bool
	named  bool // it has the names, too
	rows   *[]pass.Result
}

// print prints a row a passcode through the columns and the printers of `tap create`.
func (p printing) print(t *testing.T, dir, name string, g cmdutil.Globals, ci *runner.Runner) file {
	t.Helper()
	names := readNames()
	rows := make([]pass.Result, len(p.codes))
	for i, code := range p.codes {
		rows[i] = pass.Result{
			Person:  person.Person{ID: "0a5d4b0c-7b3e-4f0e-8d7a-0b2f6d1c9e11", UserPrincipalName: a, DisplayName: names[i%len(names)]},
			Outcome: pass.OutcomeCreated, Pass: pass.Pass{ID: "p-1", Start: now, Lifetime: time.Hour}, Passcode: secret.New(code), At: now,
		}
	}
	f, _, stdout, _ := factory(session{ci: ci}, pass.Desk{})
	format := output.Format(name[strings.LastIndex(name, ".")+1:])
	if g.Output == output.Value {
		g.Columns = nil
	}
	*f.Globals = g
	printer := cmdutil.Printer(f, newView(f, &cmdutil.Target{TenantID: "t-1"}).created(), output.Options{Value: bareValue})
	for _, r := range rows {
		if err := printer.Row(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := printer.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, fmt.Sprintf("%s-%v-%s", p.name, ci != nil, name))
	if format == output.Value && g.Output == output.Table {
		lines := regexp.MustCompile(`(?m)^.* `).ReplaceAllString(stdout.String(), "")
		stdout = bytes.NewBufferString(lines)
	}
	if err := os.WriteFile(path, stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file{path, format, ci != nil, format != output.Value && p.name != "pairs", &rows}
}

// row is what a reader read: cells that are nil were null, or not there.
type row struct{ code, name, defused *string }

// compare holds what a reader read against what was printed. exact CSV keeps passcodes; a name may be changed where it says so.
func (f file) compare(t *testing.T, got []row) {
	t.Helper()
	label := filepath.Base(f.path)
	if len(got) != len(*f.rows) {
		t.Errorf("%s: %d rows were read of %d", label, len(got), len(*f.rows))
		return
	}
	faults := 0
	for i, want := range *f.rows {
		code, name := want.Passcode.Reveal(), strings.ToValidUTF8(want.Person.DisplayName, "\ufffd")
		if f.ci && (f.format == output.Value || f.format == output.CSV) && (strings.HasPrefix(code, "::") || strings.Contains(code, "##[")) {
			code = runner.Defuse(code) // bare, a runner would obey it; JSON and YAML are exact
		}
		if r := got[i]; r.code == nil || *r.code != code {
			t.Errorf("%s: row %d: the passcode %q comes back as %s", label, i, code, show(r.code))
			faults++
		} else if f.named && !f.sameName(r, name) {
			t.Errorf("%s: row %d: the name %q comes back as %s (defused: %s)", label, i, name, show(r.name), show(r.defused))
			faults++
		}
		if faults > 10 {
			t.Errorf("%s: and so on", label)
			return
		}
	}
}

func show(s *string) string {
	if s == nil {
		return "nothing"
	}
	return fmt.Sprintf("%q", *s)
}

// sameName: JSON and YAML keep a name; CSV says in the column defused where it has an apostrophe, or was guarded.
func (f file) sameName(r row, want string) bool {
	if f.format != output.CSV {
		return want == "" && r.name == nil || r.name != nil && *r.name == want
	}
	if r.name == nil || r.defused == nil {
		return false
	}
	switch changed := *r.name != want; {
	case changed != slices.Contains(strings.Fields(*r.defused), "displayName"):
		return false
	case !changed:
		return true
	case f.ci:
		return strings.ReplaceAll(strings.TrimPrefix(*r.name, "'"), `\`, "") == strings.ReplaceAll(want, `\`, "")
	}
	return *r.name == "'"+want && strings.ContainsAny(want[:1], "=+-@\t\r")
}

// readByGo reads with the readers that Go programs use.
func (f file) readByGo(t *testing.T) (out []row) {
	t.Helper()
	b, err := os.ReadFile(f.path)
	if err != nil {
		t.Fatal(err)
	}
	type object struct {
		TemporaryAccessPass *string `json:"temporaryAccessPass" yaml:"temporaryAccessPass"`
		DisplayName         *string `json:"displayName" yaml:"displayName"`
	}
	var objects []object
	switch f.format {
	case output.Value:
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSuffix(line, "\n")
			out = append(out, row{code: &line})
		}
		return out
	case output.CSV:
		return f.readCSV(t, b)
	case output.JSON:
		err = json.Unmarshal(b, &objects)
	case output.JSONL:
		for d := json.NewDecoder(bytes.NewReader(b)); d.More() && err == nil; {
			var o object
			err = d.Decode(&o)
			objects = append(objects, o)
		}
	case output.YAML:
		err = yaml.Unmarshal(b, &objects)
	}
	if err != nil {
		t.Fatalf("%s: %v", f.path, err)
	}
	for _, o := range objects {
		out = append(out, row{code: o.TemporaryAccessPass, name: o.DisplayName})
	}
	return out
}

func (f file) readCSV(t *testing.T, b []byte) (out []row) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", f.path, err)
	}
	at := map[string]int{}
	for i, name := range all[0] {
		at[name] = i
	}
	for _, cells := range all[1:] {
		r := row{code: &cells[at["temporaryAccessPass"]], defused: &cells[at["defused"]]}
		if f.named {
			r.name = &cells[at["displayName"]]
		}
		out = append(out, r)
	}
	return out
}

// readByProgram lets a program read all files, and decodes what it says.
func readByProgram(t *testing.T, files []file, program, script string) map[file][]row {
	t.Helper()
	args := []string{script}
	byPath := map[string]file{}
	for _, f := range files {
		args, byPath[f.path] = append(args, f.path), f
	}
	cmd := exec.Command(program, args...)
	var said, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd.Path, err, complaints.String())
	}
	out := map[file][]row{}
	var now file
	for line := range strings.Lines(said.String()) {
		words := strings.Fields(line)
		if words[0] == "file" {
			now = byPath[words[1]]
			out[now] = nil
			continue
		}
		cells := append(decoded(t, words), nil, nil)
		out[now] = append(out[now], row{cells[0], cells[1], cells[2]})
	}
	if len(out) != len(files) {
		t.Fatalf("%s read %d of %d files", program, len(out), len(files))
	}
	return out
}

func decoded(t *testing.T, words []string) (out []*string) {
	t.Helper()
	for _, w := range words {
		if w == "-" {
			out = append(out, nil)
			continue
		}
		b, err := hex.DecodeString(strings.TrimPrefix(w, "x"))
		if err != nil {
			t.Fatalf("a reader says %q", w)
		}
		s := string(b)
		out = append(out, &s)
	}
	return out
}

// readByShell reads every line with read -r, and single answers of `tap create -o value` as scripts do, with $(…).
func readByShell(t *testing.T, files []file) {
	t.Helper()
	for _, f := range files {
		if f.format == output.Value && strings.HasPrefix(filepath.Base(f.path), "pairs") { // read trims blanks, which no passcode has
			var got []row
			for _, code := range shell(t, "read", f.path) {
				got = append(got, row{code: &code})
			}
			f.compare(t, got)
		}
	}
	var paths, codes []string
	dir := t.TempDir()
	for i, code := range lookAlikes() {
		people, adele, _, _ := contoso()
		adele.code = code
		r := run(t, session{}, people, "create", a, "-o", "value", "-q")
		path := filepath.Join(dir, fmt.Sprintf("%03d", i))
		if err := os.WriteFile(path, []byte(r.stdout), 0o600); err != nil || r.exit != 0 {
			t.Fatal(err, r.stderr)
		}
		paths, codes = append(paths, path), append(codes, code)
	}
	for i, got := range shell(t, "catch", paths...) {
		if got != codes[i] {
			t.Errorf("$(tap create -o value) is %q and not %q", got, codes[i])
		}
	}
}

func shell(t *testing.T, mode string, files ...string) []string {
	t.Helper()
	out, err := exec.Command("bash", append([]string{filepath.Join(readers, "read.sh"), mode}, files...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Split(string(out), "\x00")
	return said[:len(said)-1]
}

// needs skips a test where a reader is missing, but not on the machine that judges.
func needs(t *testing.T, what string, try ...string) {
	t.Helper()
	out, err := exec.Command(try[0], try[1:]...).CombinedOutput()
	switch {
	case err == nil:
	case os.Getenv("CI") == "true" && runtime.GOOS == "linux":
		t.Fatalf("%s is missing, see programs in .ci/run: %v\n%s", what, err, out)
	default:
		t.Skipf("%s is missing: apt-get install bash python3-yaml libtext-csv-perl libyaml-pp-perl: %v", what, err)
	}
}
