package root_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// asked is a line of the sandbox's log of requests.
type asked struct {
	Method, Path, Part string
	Status             int
}

// crowd is a tenant of 10,000 users and those whom the sandbox has anyway, of whom 37 hold a pass. It returns how many are enabled.
func crowd(t *testing.T) (s shell, enabled int) {
	t.Helper()
	s = newShell(t)
	box, err := sandbox.Open(s.dir, sandbox.Options{Users: 10000})
	if err != nil {
		t.Fatal(err)
	}
	_ = box.Close()
	var users []struct {
		UserPrincipalName string
		AccountEnabled    bool
	}
	s.ask(t, "GET", "users", &users)
	words := []string{"--sandbox", "--sandbox-as", "app", "create", "--allow-privileged"}
	for i, u := range users {
		if u.AccountEnabled {
			enabled++
		}
		if u.AccountEnabled && i > 100 && i%200 == 0 && len(words) < 37+5 {
			words = append(words, u.UserPrincipalName)
		}
	}
	if made := s.tap(words...); made.exit != 0 || len(words) != 37+5 {
		t.Fatal(len(words), made.stderr)
	}
	s.control(t, "delays", `{"report": "0s"}`)
	return s, enabled
}

// TestHoldersAreFoundInPages: everybody who holds a pass is found by as many requests as the report has pages and the holders fill batches,
// however many users there are, and the service refuses none of them. It takes the ten seconds that the report's limit takes.
func TestHoldersAreFoundInPages(t *testing.T) {
	t.Parallel()
	const inPage, inBatch, holders = 999, 20, 37
	s, enabled := crowd(t)
	var before, after []asked
	s.ask(t, "GET", "requests", &before)
	end := s.tap("--sandbox", "list", "--all", "-o", "json")
	s.ask(t, "GET", "requests", &after)
	var rows []struct{ UserPrincipalName, State string }
	if err := json.Unmarshal([]byte(end.stdout), &rows); err != nil || end.exit != 0 || len(rows) != holders {
		t.Fatalf("%d rows, %v\n%s", len(rows), err, end.stderr)
	}
	pages, batches := 0, 0
	for _, r := range after[len(before):] {
		switch {
		case r.Status == http.StatusTooManyRequests:
			t.Errorf("refused: %+v", r)
		case strings.HasPrefix(r.Path, "/beta/reports/"):
			pages++
		case strings.HasSuffix(r.Path, "/$batch"):
			batches++
		case r.Part == "":
			t.Errorf("asked besides: %+v", r)
		}
	}
	round := func(n, of int) int { return (n + of - 1) / of }
	if want := round(enabled, inPage); pages != want || want < 10 {
		t.Errorf("%d pages, want %d", pages, want)
	}
	if want := 2 * round(holders, inBatch); batches != want { // who they are, and what they hold
		t.Errorf("%d batches, want %d", batches, want)
	}
}
