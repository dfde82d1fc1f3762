package root_test

import (
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/root"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// TestAPageIsOneCommands: no command but one takes -o html, whatever else it prints, by a flag or by the variable.
func TestAPageIsOneCommands(t *testing.T) {
	t.Parallel()
	s := newShell(t)
	refused := 0
	for _, c := range leaves(root.NewCmd(&root.Process{Streams: &terminal.Streams{}, Getenv: func(string) string { return "" }})) {
		words := strings.Fields(c)[1:]
		if words[0] == "help" || words[0] == "completion" || words[0] == "report" {
			continue
		}
		r := s.tap(append(words, "nobody@contoso.com", "--output", "html")...)
		if !strings.Contains(r.stderr, "-o html") { // it takes no argument
			r = s.tap(append(words, "--output", "html")...)
		}
		if r.exit == 2 && strings.Contains(r.stderr, "-o html is the page of tap report") && r.stdout == "" {
			refused++
			continue
		}
		t.Errorf("%s: %+v", c, r)
	}
	if refused < 20 {
		t.Errorf("%d commands refuse it", refused)
	}
	s.env = map[string]string{"TAP_OUTPUT": "html"}
	if r := s.tap("--sandbox", "list", "adele.vance@contoso.com"); r.exit != 2 || !strings.Contains(r.stderr, "TAP_OUTPUT") {
		t.Errorf("by the variable: %+v", r)
	}
	if r := s.tap("--sandbox", "report", "--group", "Helpdesk"); r.exit != 0 || !strings.HasPrefix(r.stdout, "<!DOCTYPE html>") {
		t.Errorf("by the variable: %+v", r)
	}
}

// TestAPageActsOnNothing: a page that is printed instead of kept acts neither on a terminal nor on a runner.
func TestAPageActsOnNothing(t *testing.T) {
	t.Parallel()
	for _, p := range []place{{"terminal", 80, nil}, {"GitHub", 0, map[string]string{"GITHUB_ACTIONS": "true"}}, {"Azure", 0, map[string]string{"TF_BUILD": "True"}}} {
		for _, c := range nameCases(t) {
			if c.name != "report" {
				continue
			}
			s := newShell(t)
			c.before(t, &s)
			s.names, s.columns, s.env = moreNames(), p.columns, p.env
			r := s.tap("--sandbox", "report", "--file", "-", "--by", "=note", "-o", "html")
			if r.exit != 0 || strings.Count(r.stdout, "<tr data-stage=") < 30 {
				t.Fatalf("%s: %+v", p.name, r)
			}
			for _, fault := range effects(p, output.Table, "report", r) {
				t.Errorf("%s: %s", p.name, fault)
			}
		}
	}
}
