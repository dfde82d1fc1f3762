package root_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

const matrixDocument = "../../../docs/testing.md"

// called is a command with the call that a fault strikes.
type called struct {
	words string
	match string
}

func calledCommands() []called {
	const passes = "/users/*/authentication/temporaryAccessPassMethods"
	const policy = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/temporaryAccessPass"
	return []called{
		{"create", "POST " + passes}, {"create --replace", "POST " + passes}, {"list", "GET " + passes}, {"delete", "DELETE " + passes + "/*"},
		{"policy show", "GET " + policy}, {"policy set", "PATCH " + policy},
	}
}

// line is what is typed.
func (c called) line() []string {
	words := append([]string{"--sandbox", "--sandbox-as", "privileged"}, strings.Fields(c.words)...)
	switch c.words {
	case "policy show":
		return words
	case "policy set":
		return append(words, "--default-lifetime", "2h", "--yes")
	case "delete":
		return append(words, "alex.wilber@contoso.com", "--yes")
	}
	return append(words, "adele.vance@contoso.com", "-o", "json")
}

// struckBy is a fault with the words for it.
type struckBy struct {
	words string
	fault sandbox.Fault
}

func matrixFaults() []struckBy {
	once := func(words string, f sandbox.Fault) struckBy { f.Times = 1; return struckBy{words, f} }
	const second = sandbox.Duration(time.Second)
	return []struckBy{
		{"none", sandbox.Fault{}},
		once("429, `Retry-After: 2.5`", sandbox.Fault{Status: 429, RetryAfter: "2.5"}),
		once("429 without `Retry-After`", sandbox.Fault{Status: 429}),
		{"429 for good, `Retry-After: 5`", sandbox.Fault{Status: 429, RetryAfter: "5"}},
		once("401 with a claims challenge", sandbox.Fault{Status: 401}),
		{"401 for good", sandbox.Fault{Status: 401}},
		{"400", sandbox.Fault{Status: 400}},
		{"403", sandbox.Fault{Status: 403}},
		{"404", sandbox.Fault{Status: 404}},
		once("503", sandbox.Fault{Status: 503}),
		{"503 for good", sandbox.Fault{Status: 503}},
		once("504 after the work", sandbox.Fault{Status: 504, Drop: sandbox.DropAfter}),
		once("cut before the work", sandbox.Fault{Drop: sandbox.DropBefore}),
		once("cut after the work", sandbox.Fault{Drop: sandbox.DropAfter}),
		once("cut, and done 50 s later", sandbox.Fault{Drop: sandbox.DropLate, After: 50 * second}),
		{"cut after the work, for good", sandbox.Fault{Drop: sandbox.DropAfter}},
		once("an answer after 3 s", sandbox.Fault{Latency: 3 * second}),
		once("an answer after 90 s", sandbox.Fault{Latency: 90 * second}),
		once("HTML", sandbox.Fault{Body: sandbox.BodyHTML}),
		once("half a body", sandbox.Fault{Body: sandbox.BodyTruncated}),
		once("no body", sandbox.Fault{Body: sandbox.BodyEmpty}),
		once("one odd property", sandbox.Fault{Body: sandbox.BodyOdd}),
	}
}

// TestMatrix runs every command under every fault, on a clock of its own, and holds what came of it against the table in
// docs/testing.md, which it writes with -update.
func TestMatrix(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	commands, faults := calledCommands(), matrixFaults()
	cells := make([][]string, len(faults))
	for i, f := range faults {
		cells[i] = make([]string, len(commands))
		t.Run(f.words, func(t *testing.T) {
			for j, c := range commands {
				synctest.Test(t, func(t *testing.T) { cells[i][j] = strike(t, c, f.fault) })
			}
		})
	}
	var table strings.Builder
	table.WriteString("| what goes wrong |")
	for _, c := range commands {
		table.WriteString(" `" + c.words + "` |")
	}
	table.WriteString("\n|---|" + strings.Repeat("---|", len(commands)) + "\n")
	for i, f := range faults {
		table.WriteString("| " + f.words + " | " + strings.Join(cells[i], " | ") + " |\n")
	}
	between(t, matrixDocument, "matrix", "\n"+table.String()+"\n")
}

// between holds a document's part between two marks against what it should be, or writes it.
func between(t *testing.T, path, mark, want string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`(?s)(<!-- ` + mark + ` -->\n)(.*?)(<!-- end -->)`)
	found := part.FindSubmatch(b)
	if found == nil {
		t.Fatalf("%s has no part %s", path, mark)
	}
	if *update {
		text := part.ReplaceAllLiteralString(string(b), string(found[1])+want+string(found[3]))
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if d := cmp.Diff(string(found[2]), want); d != "" {
		t.Errorf("%s is not what the commands do, write it by go test ./pkg/cmd/root -run TestMatrix -update:\n%s", path, d)
	}
}

// strike runs a command under a fault and returns what came of it: the exit code, the calls, and whether it took a minute.
func strike(t *testing.T, c called, f sandbox.Fault) string {
	t.Helper()
	s := newShell(t)
	if s.tap("--sandbox", "create", "alex.wilber@contoso.com").exit != 0 {
		t.Fatal("the tenant does not work")
	}
	if f != (sandbox.Fault{}) {
		f.Match = c.match
		b, err := json.Marshal([]sandbox.Fault{f})
		if err != nil {
			t.Fatal(err)
		}
		s.control(t, "faults", string(b))
	}
	s.ask(t, http.MethodDelete, "requests", nil)
	began := time.Now()
	e := s.tap(c.line()...)
	took := time.Since(began)
	var log []struct{ Method, Path string }
	s.ask(t, http.MethodGet, "requests", &log)
	cell := fmt.Sprint(e.exit)
	if f.Drop == "" || f.Times > 0 { // net/http itself asks again where a connection that it kept is cut
		cell += fmt.Sprintf(", %d calls", len(log))
	}
	if took > 50*time.Second {
		cell += ", a minute"
	}
	if strings.HasPrefix(c.words, "create") {
		cell += s.left(t, e)
	}
	return cell
}

// left says what a create left: nothing where the code that it printed is the one that the tenant holds, or where it printed none and
// the tenant holds none.
func (s shell) left(t *testing.T, e ended) string {
	t.Helper()
	var rows, held []struct{ UserPrincipalName, TemporaryAccessPass string }
	if err := json.Unmarshal([]byte(e.stdout), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %s %s", err, e.stdout, e.stderr)
	}
	time.Sleep(2 * time.Minute) // what is done later is done by then
	s.ask(t, http.MethodGet, "passes", &held)
	there := ""
	for _, p := range held {
		if p.UserPrincipalName == "adele.vance@contoso.com" {
			there = p.TemporaryAccessPass
		}
	}
	told := strings.Contains(e.stderr, "a pass may exist whose code nobody saw")
	switch code := rows[0].TemporaryAccessPass; {
	case code != there && code != "":
		t.Errorf("the code that was printed does not work: %s", e.stderr)
	case code == "" && there != "" && !told:
		t.Errorf("a pass was left and nobody was told: %s", e.stderr)
	case told:
		return ", told that a pass may exist"
	}
	return ""
}

// ask reads from the control plane.
func (s shell) ask(t *testing.T, method, path string, into any) {
	t.Helper()
	box, err := sandbox.Open(s.dir, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	rec := httptest.NewRecorder()
	box.Handler().ServeHTTP(rec, httptest.NewRequest(method, "http://127.0.0.1/sandbox/"+path, nil))
	if into == nil {
		return
	}
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// get reads an answer of a sandbox.
func get(box *sandbox.Tenant, path string) []byte {
	rec := httptest.NewRecorder()
	box.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
	return rec.Body.Bytes()
}
