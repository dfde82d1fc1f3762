package root_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// moreNames stand in for the names of ordinary people of the seed, beside those that are hostile already.
func moreNames() map[string]string {
	names := strangeNames()
	hostile := []string{
		"@SUM(1+1)*cmd|' /C calc'!A0", "+1", "-2+3", "\tx", "\rx", "=1\n=2", "'=1", "\"=1", ";=1+1,=2",
		"\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\", "\u009b2J", "\x9b", "\u2066\u202e\u200f\u061c\u200e", "\u200b\u200d\ufeff\u2060\u00ad", "\u2028::error::x\u2029", "\u0085::error::x", "\x7f\x08\x00",
		"::add-mask::a", "a\r::error file=x::y", "\n::stop-commands::t\n", " \u3000::error::x", ":\u200b:error::x", "\u200b::error::x",
		"a ##[add-mask]b", "#\u200b#[error]x", "##VSO[task.complete result=Failed]x", "#\u0301#vso[task.complete result=Failed]x", "####vso[a.b]c",
	}
	for n, name := range []string{
		"Miriam Graham", "Alex Wilber", "Megan Bowen", "Diego Siciliani", "Christie Cline", "Joni Sherman", "Nestor Wilke", "Henrietta Mueller",
		"Pradeep Gupta", "Johanna Lorenz", "Lee Gu", "Ingrid Guest", "Maria Fabrikam", "Miles O'Brien", "Lynne Robbins", "Allan Deyoung",
		"Σοφία Παπαδοπούλου", "Иван Петров", "山田 太郎", "فاطمة الزهراء", "Patti Fernandez", "Grady Archie", "Irvin Sayers", "Lidia Holloway", "MOD Administrator", "Isaiah Langer",
		"Project Falcon", "Tier 0 Administrators",
	} {
		if n < len(hostile) {
			names[name] = hostile[n]
		}
	}
	names["Executives"], names["User Administrator"] = "x\n::error::x\x1b[2J", "\r##vso[task.complete result=Failed]\u202ex" // in what explains a refusal
	return names
}

// place is where output goes.
type place struct {
	name    string
	columns int
	env     map[string]string
}

// TestNamesActOnNothing: no name that the sandbox holds, nor any that could stand in its place, has an effect on a terminal, a spreadsheet or a runner,
// whatever the command and the format.
func TestNamesActOnNothing(t *testing.T) {
	t.Parallel()
	places := []place{
		{"terminal", 80, map[string]string{"NO_COLOR": "1"}}, {"pipe", 0, nil},
		{"GitHub", 0, map[string]string{"GITHUB_ACTIONS": "true", "CLICOLOR_FORCE": "1"}}, {"Azure", 0, map[string]string{"TF_BUILD": "True"}},
	}
	for _, c := range nameCases(t) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newShell(t)
			if c.before != nil {
				c.before(t, &s)
			}
			s.names = moreNames()
			var truth []map[string]any
			words := append(strings.Split(c.lines[0], "|"), "--tz", "UTC")
			for _, f := range output.Formats() {
				env := map[string]string{"TAP_OUTPUT": string(f)} // not typed, or hints would repeat it
				if f != output.Table {
					env["TAP_COLUMNS"] = c.value[0]
				}
				if f != output.Table && f != output.Value {
					env["TAP_COLUMNS"] += "," + c.value[1]
				}
				for _, p := range places {
					if c.name == "list of nobody" && f != output.Table && f != output.JSON {
						continue // it is all on stderr
					}
					if p.name == "pipe" && f != output.CSV || p.name == "Azure" && f != output.CSV && f != output.Table {
						continue // as in the other places
					}
					if c.name == "create" {
						s.control(t, "reset", "") // or they hold a pass
					}
					s.columns, s.env = p.columns, maps.Clone(env)
					maps.Copy(s.env, p.env)
					r := s.tap(words...)
					if refused := strings.HasPrefix(c.name, "policy set with"); r.exit != 0 && r.exit != 3 && r.exit != 7 && r.exit != 9 && !(r.exit == 2 && refused) {
						t.Fatalf("%s %s: exit %d: %s", p.name, words, r.exit, r.stderr)
					}
					for _, fault := range effects(p, f, c.name, r) {
						t.Errorf("%s, -o %s: %s", p.name, f, fault)
					}
					if f == output.CSV && r.stdout != "" {
						if truth == nil {
							if c.name == "create" {
								s.control(t, "reset", "")
							}
							truth = s.truth(t, env, words)
						}
						for _, fault := range spreadsheetFaults(truth, r.stdout, p.name == "pipe") {
							t.Errorf("%s: %s", p.name, fault)
						}
					}
				}
			}
		})
	}
}

// TestNamesAreNoEntries: a long name that is broken at a narrow terminal does not look like an entry of ours.
func TestNamesAreNoEntries(t *testing.T) {
	t.Parallel()
	ours := []string{
		"every user of the tenant", "nobody", "added every user of the tenant", "removed every user of the tenant", "enabled", "registration required", "on -> off",
		"! every user of the tenant can be given a pass, but for", "mend it: tap --sandbox policy set --one-time",
	}
	for _, c := range nameCases(t) {
		if !strings.HasPrefix(c.name, "policy ") || strings.Contains(c.name, " with ") {
			continue
		}
		s := newShell(t)
		if c.before != nil {
			c.before(t, &s)
		}
		s.columns, s.env = 60, map[string]string{"NO_COLOR": "1"}
		entries := func(one string) (n int, answer string) {
			answer = s.tap(strings.Split(c.lines[0], "|")...).stdout
			head, rows, _ := strings.Cut(answer, "\n")
			second := strings.LastIndex(head, "  ") + 2 // column
			for line := range strings.Lines(rows) {
				if strings.TrimRight(line[min(second, len(line)):], "\n") == one {
					n++
				}
			}
			return n, answer
		}
		for _, one := range ours {
			s.names = nil
			want, _ := entries(one)
			s.names = map[string]string{"Helpdesk": "New Hires in Helsinki and Espoo " + one}
			for n, name := range []string{"New Hires", "Sales and Marketing", "Marketing EMEA", "No Temporary Access Pass", "Empty"} {
				s.names[name] = strings.Repeat("x", 27+7*n) + "      " + one // is broken before it, or inside
			}
			if n, answer := entries(one); n != want {
				t.Errorf("%s: %d entries are %q, want %d:\n%s", c.name, n, one, want, answer)
			}
		}
	}
}

// nameCases are commands that print names, with the columns that hold text which is not ours and those that are exact.
func nameCases(t *testing.T) []goldenCase {
	t.Helper()
	var users []struct{ UserPrincipalName string }
	if err := json.Unmarshal([]byte(newShell(t).tap("sandbox", "users", "-o", "json").stdout), &users); err != nil || len(users) < 30 {
		t.Fatalf("%d users: %v", len(users), err)
	}
	all := ""
	for _, u := range users {
		all += "|" + u.UserPrincipalName
	}
	hold := func(_ *testing.T, s *shell) { s.tap(strings.Split("--sandbox|create|-q"+all, "|")...) }
	policy := manyPolicy(t)
	var ones []goldenCase
	for _, upn := range []string{"runner.command@contoso.com", "ivan.petrov@contoso.com", "yamada.taro@contoso.com", "fatima.alzahra@contoso.com", "terminal.escape@contoso.com"} {
		ones = append(ones, goldenCase{"create", []string{"--sandbox|create|--no-input|" + upn}, nil, []string{"displayName,error,hint", "userId"}})
	}
	const who = "userPrincipalName,displayName"
	return append(ones, []goldenCase{
		{"sandbox users", []string{"sandbox|users"}, nil, []string{who + ",jobTitle,department", "id"}},
		{"list", []string{"--sandbox|list" + all}, hold, []string{who, "tenantId,userId,passId"}},
		{"list of nobody", []string{"--sandbox|list" + all}, nil, []string{who, "tenantId,userId,passId"}},
		{"report", []string{"--sandbox|report|--file|-"}, func(_ *testing.T, s *shell) { s.typed = rosterOf(all) }, []string{who + ",stage,registeredMethods,otherMethods,error", "userId"}},
		{"create", []string{"--sandbox|create|--no-input" + all}, nil, []string{who + ",error,hint", "userId"}},
		{"create --dry-run", []string{"--sandbox|create|--dry-run" + all}, hold, []string{who + ",error,hint", "userId,passId"}},
		{"policy show", []string{"--sandbox|policy|show"}, policy, []string{"includeTargets,excludeTargets", "tenantId"}},
		{"policy check", []string{"--sandbox|policy|check"}, policy, []string{"displayName,message,hint", "targetId"}},
		{"doctor", []string{"--sandbox|doctor|adele.vance@contoso.com"}, policy, []string{"finding,hint", "tenantId"}},
		{"show", []string{"--sandbox|show|adele.vance@contoso.com"}, nil, []string{who + ",jobTitle,department,officeLocation,code,hint", "tenantId,userId"}},
		{"show of another", []string{"--sandbox|show|terminal.escape@contoso.com"}, nil, []string{who + ",jobTitle,manager,hint", "tenantId,userId"}},
		{"policy diff", []string{"--sandbox|policy|diff|-f|-"}, policy, []string{"displayName,effect", "targetId"}},
		{"policy set", []string{"--sandbox|policy|set|--dry-run|--include|" + newHires + "|--include|" + marketing + "|--exclude|" + sales + "|--exclude|" + emptyGroup}, nil, []string{"displayName,effect", "targetId"}},
		{"policy set with nobody to ask", []string{"--sandbox|--sandbox-as|privileged|policy|set|--include|" + newHires + "|--include|" + marketing + "|--exclude|" + sales + "|--exclude|" + emptyGroup}, nil, []string{"displayName,effect", "targetId"}},
		{"policy set with a name of two groups", []string{"--sandbox|policy|set|--dry-run|--include|Project Falcon"}, nil, []string{"displayName,effect", "targetId"}},
	}...)
}

// rosterOf is a roster of users, each behind a bar, with a column that is not nice.
func rosterOf(users string) string {
	return "user,=note" + strings.ReplaceAll(users, "|", ",=1+1 ::error::x\n") + ",\x1b[2J\n"
}

// manyPolicy puts every group of the golden cases into the policy, and a file on stdin that names others.
func manyPolicy(t *testing.T) func(*testing.T, *shell) {
	t.Helper()
	for _, c := range goldenCases() {
		if c.name == "policy.show.many" {
			return func(t *testing.T, s *shell) {
				c.before(t, s)
				s.typed = `{"includeTargets":[{"id":"` + newHires + `"}],"excludeTargets":[{"id":"` + sales + `"}]}`
			}
		}
	}
	t.Fatal("no such case")
	return nil
}

// truth is the rows of the same command as JSON, which no place changes.
func (s shell) truth(t *testing.T, env map[string]string, words []string) []map[string]any {
	t.Helper()
	s.columns, s.env = 0, map[string]string{"TAP_OUTPUT": "json", "TAP_COLUMNS": env["TAP_COLUMNS"]}
	var rows []map[string]any
	r := s.tap(words...)
	if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil {
		t.Fatalf("%s: %v", words, err)
	}
	return rows
}

// effects says what the output does in a place.
func effects(p place, f output.Format, command string, r ended) (faults []string) {
	streams := map[string]string{"stdout": r.stdout, "stderr": r.stderr}
	if f == output.Value { // the tabs between columns are ours: every line has as many
		for line := range strings.Lines(r.stdout) {
			if strings.Count(line, "\t") != strings.Count(r.stdout, "\t")/strings.Count(r.stdout, "\n") {
				faults = append(faults, fmt.Sprintf("a name makes columns of its own: %q", line))
			}
			for cell := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), "\t") {
				if strings.HasPrefix(cell, `[{"`) && !json.Valid([]byte(cell)) {
					faults = append(faults, fmt.Sprintf("no JSON any more: %q", cell))
				}
			}
		}
		streams["stdout"] = strings.ReplaceAll(r.stdout, "\t", " ")
	}
	for name, text := range streams {
		seen := p.columns > 0 || name == "stderr" || f == output.JSON || f == output.JSONL || f == output.YAML || f == output.Table
		if seen {
			faults = append(faults, terminalFaults(uncoloured(p, text))...)
		}
		if p.env["GITHUB_ACTIONS"] == "" && p.env["TF_BUILD"] == "" {
			continue
		}
		for _, line := range runnerLines(text) {
			registered := command == "create" && name == "stderr" && isRegistration(line)
			if why := runnerCommand(line); why != "" && !registered {
				faults = append(faults, fmt.Sprintf("%s: %s in %q", name, why, line))
			}
		}
	}
	return faults
}

// uncoloured takes away the colours that were asked for: only those that output knows.
func uncoloured(p place, text string) string {
	if p.env["CLICOLOR_FORCE"] == "" {
		return text
	}
	return strings.NewReplacer("\x1b[0m", "", "\x1b[1m", "", "\x1b[2m", "", "\x1b[31m", "", "\x1b[32m", "", "\x1b[33m", "").Replace(text)
}

// terminalFaults finds what acts on a terminal, or is not seen there: controls, bidirectional marks, what has no width.
func terminalFaults(text string) (faults []string) {
	for i, r := range text {
		_, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == '\n':
		case r == utf8.RuneError && n == 1, r < 0x20, r >= 0x7f && r < 0xa0,
			r == 0xad, r == 0x61c, r == 0x180e, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xfff9 && r <= 0xfffb,
			r >= 0xe0000 && r <= 0xe0fff, unicode.Is(unicode.Co, r), unicode.Is(unicode.Cf, r):
			faults = append(faults, fmt.Sprintf("%U in %q", r, text[max(0, i-20):min(len(text), i+20)]))
		}
	}
	return faults
}

// exactColumns are read by programs and kept to the byte: docs/output.md.
var exactColumns = []string{"tenantId", "userId", "passId", "temporaryAccessPass", "targetId"}

// spreadsheetFaults holds a CSV answer against its rows as JSON. untouched: it went into a pipe, and only formulas were changed.
func spreadsheetFaults(rows []map[string]any, text string, untouched bool) (faults []string) {
	all, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(all) != len(rows)+1 {
		return []string{fmt.Sprintf("%d rows of CSV for %d: %v", len(all)-1, len(rows), err)}
	}
	head := all[0]
	for n, cells := range all[1:] {
		var changed []string
		for i, name := range head[:len(head)-1] {
			cell, want := cells[i], rows[n][name]
			if !same(cell, want) {
				changed = append(changed, name)
			}
			switch {
			case slices.Contains(exactColumns, name):
				if !same(cell, want) {
					faults = append(faults, fmt.Sprintf("%s is %q and not %v", name, cell, want))
				}
			case cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r"):
				faults = append(faults, fmt.Sprintf("%s is a formula: %q", name, cell))
			case untouched && !same(cell, want) && !same(strings.TrimPrefix(cell, "'"), want):
				faults = append(faults, fmt.Sprintf("%s is %q for %v", name, cell, want))
			}
			if _, isList := want.([]any); isList && !json.Valid([]byte(cell)) {
				faults = append(faults, fmt.Sprintf("%s is no JSON any more: %q", name, cell))
			}
		}
		if said := strings.Fields(cells[len(cells)-1]); head[len(head)-1] != "defused" || !slices.Equal(said, changed) {
			faults = append(faults, fmt.Sprintf("defused says %q, changed are %q", said, changed))
		}
	}
	return faults
}

// same compares a cell with a JSON value. The reader of CSV takes CR LF for LF.
func same(cell string, want any) bool {
	switch v := want.(type) {
	case nil:
		return cell == ""
	case string:
		return cell == strings.ReplaceAll(v, "\r\n", "\n")
	}
	var got any
	return json.Unmarshal([]byte(cell), &got) == nil && reflect.DeepEqual(got, want)
}

// runnerLines is StreamReader.ReadLine of .NET: CR, LF and both end a line.
func runnerLines(s string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
}

// runnerCommand says what GitHub's and Azure's runners see in a line, by their sources, any name of a command taken for known:
// pkg/runner names the places. They search by culture, which passes over what has no weight.
func runnerCommand(line string) string {
	light := strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) || unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, line)
	for _, l := range []string{line, light} {
		begun := strings.TrimLeftFunc(l, unicode.IsSpace)
		_, old, bracket := strings.Cut(l, "##[")
		switch {
		case strings.HasPrefix(begun, "::") && strings.Contains(begun[2:], "::"):
			return "a command of GitHub"
		case bracket && strings.Contains(old, "]"):
			return "an old command of GitHub, or a mark of Azure"
		case strings.Contains(strings.ToLower(l), "##vso"):
			return "a command of Azure"
		}
	}
	return ""
}

// isRegistration: a passcode is told to the runner by tap itself. It has no blank.
func isRegistration(line string) bool {
	for _, head := range []string{"::add-mask::", "##vso[task.setsecret]"} {
		if data, ok := strings.CutPrefix(line, head); ok && len(data) >= 8 && !strings.ContainsFunc(data, unicode.IsSpace) {
			return true
		}
	}
	return false
}

// Each of these has an effect, and is seen.
func TestEffectsAreSeen(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"\x1b[2J", "a\rb", "\u009b2J", "\x9b", "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\x00", "\x7f", "\u2028", "\u00ad", "\ue000", "\U000e0041", "\t"} {
		if len(terminalFaults("Adele "+s+" Vance\n")) == 0 {
			t.Errorf("%q acts on a terminal, and nobody minds", s)
		}
	}
	if f := terminalFaults("山田 太郎 🦜 فاطمة Σοφία e\u0301 ❤\ufe0f <b> \\u{200b}\n"); len(f) > 0 {
		t.Errorf("%q", f)
	}
	for _, s := range []string{"::error::x", " \u3000::Error a=b::x", "a ##[error]b", "##VSO[a.b]c", "\u200b::error::x", "a #\u200b#vso[a.b]c", ":\u0301:error::x"} {
		if runnerCommand(s) == "" {
			t.Errorf("%q is a command, and nobody minds", s)
		}
	}
	for _, s := range []string{"a ::error::x", ":\\:error:\\:x", "09:41 # 1", "#\\#vso[a.b]c", ""} {
		if why := runnerCommand(s); why != "" {
			t.Errorf("%q: %s", s, why)
		}
	}
	row := []map[string]any{{"userId": "=1", "displayName": "=1", "lifetimeInMinutes": 60.0, "includeTargets": []any{"::"}}}
	const head = "userId,displayName,lifetimeInMinutes,includeTargets,defused\n"
	for line, want := range map[string]string{
		`=1,'=1,60,"[""::""]",displayName`:                 "",
		`'=1,'=1,60,"[""::""]",userId displayName`:         "userId is",
		`=1,=1,60,"[""::""]",`:                             "displayName is a formula",
		`=1,'=1,60,"[""::""]",`:                            "defused says",
		`=1,'=1,60,"[""::""]",displayName userId`:          "defused says",
		`=1,'=1,61,"[""::""]",displayName`:                 "lifetimeInMinutes is",
		`=1,'=2,60,"[""::""]",displayName`:                 "displayName is",
		`=1,'=1,60,"["":\:""]",displayName includeTargets`: "includeTargets is",
	} {
		got := strings.Join(spreadsheetFaults(row, head+line+"\n", true), "; ")
		if got == "" != (want == "") || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
	if len(slices.Collect(maps.Keys(moreNames()))) < 30 {
		t.Error("there are too few names")
	}
}
