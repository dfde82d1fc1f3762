package root_test

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

const document = "../../../docs/output.md"

// TestOutputDocument: docs/output.md has the properties of every command's answer, in their order, and of an error; and of
// nothing else. What they mean is pinned where the columns are.
func TestOutputDocument(t *testing.T) {
	t.Parallel()
	documented := documentedProperties(t)
	answers := map[string]struct{ table, rest string }{ // which table has it, and what else the command needs
		"tap create": {"results", "a@contoso.com"}, "tap delete": {"results", "a@contoso.com --yes"}, "tap list": {"passes", "a@contoso.com"}, "tap show": {"subject", "a@contoso.com"},
		"tap policy show": {"policy", ""}, "tap policy set": {"differences", "--enable"}, "tap policy diff": {"differences", "-f -"}, "tap policy check": {"findings", ""},
		"tap doctor": {"checks", ""}, "tap sandbox users": {"sandbox users", ""}, "tap sandbox signin": {"sandbox signin", "a@contoso.com"}, "tap sandbox clock": {"sandbox clock", ""},
		"tap sandbox register": {"sandbox signin", "a@contoso.com --method fido2"}, "tap sandbox sessions": {"sandbox sessions", ""},
		"tap sandbox serve": {"sandbox serve", ""}, "tap run list": {"runs", ""}, "tap run show": {"rows of a run", "x"}, "tap result show": {"result", "passes.csv"}, "tap version": {"version", ""},
		"tap report": {"report", "--group g"}, "tap report --sum": {"report sums", "--group g"},
		"tap whoami": {"session", ""}, "tap audit": {"audit log", ""}, "tap profile list": {"profiles", ""}, "tap profile show": {"settings", "--effective"},
		"tap watch": {"events", "a@contoso.com"}, "tap revoke": {"timeline", "a@contoso.com --yes"},
	}
	noAnswer := []string{"tap sandbox reset", "tap help", "tap run resume", "tap run discard", "tap result export", "tap result split", "tap login", "tap logout", "tap profile set", "tap profile use", "tap profile delete"}
	s, seen := newShell(t), map[string]bool{"error": true, "local record": true, "several tenants": true} // local record is the other answer of tap audit
	commands := leaves(root.NewCmd(&root.Process{Streams: &terminal.Streams{Out: io.Discard, Err: io.Discard}, Getenv: func(string) string { return "" }}))
	for _, c := range append(commands, "tap report --sum") {
		a, answersSomething := answers[c]
		switch {
		case slices.Contains(noAnswer, c), strings.HasPrefix(c, "tap completion "):
			continue
		case !answersSomething:
			t.Errorf("%s is in no table of %s", c, document)
			continue
		}
		seen[a.table] = true
		r := s.tap(append(strings.Fields(c)[1:], append(strings.Fields(a.rest), "--columns", "?")...)...)
		_, has, found := strings.Cut(strings.TrimSpace(strings.SplitN(r.stderr, "\n", 2)[0]), `there is no column "?": choose from `)
		if want := strings.Join(documented[a.table], ", "); !found || has != want {
			t.Errorf("%s has the properties %s, and the table %s of %s\n%s", c, has, a.table, want, r.stderr)
		}
	}
	var failure struct{ Error map[string]any }
	if err := json.Unmarshal([]byte(s.tap("list", "-o", "json").stderr), &failure); err != nil {
		t.Fatal(err)
	}
	if has := slices.Sorted(maps.Keys(failure.Error)); !slices.Equal(has, slices.Sorted(slices.Values(documented["error"]))) {
		t.Errorf("an error has %q", has)
	}
	for table := range documented {
		if !seen[table] {
			t.Errorf("no command prints what the table %s says", table)
		}
	}
}

// leaves are the commands that do something.
func leaves(c *cobra.Command) (paths []string) {
	if c.GroupID == root.TopicGroup {
		return nil
	}
	if !c.HasSubCommands() && c.Runnable() {
		return []string{c.CommandPath()}
	}
	for _, sub := range c.Commands() {
		paths = append(paths, leaves(sub)...)
	}
	return paths
}

// documentedProperties are the first cells of each marked table that has properties.
func documentedProperties(t *testing.T) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?s)<!-- ([a-z ]+) -->\n\n\| property .*?<!-- end -->`).FindAllStringSubmatch(string(b), -1) {
		for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)`").FindAllStringSubmatch(m[0], -1) {
			out[m[1]] = append(out[m[1]], row[1])
		}
	}
	return out
}
