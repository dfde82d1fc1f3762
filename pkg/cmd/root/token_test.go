package root_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// revoked is a Graph that takes no token which was given before it had answered so many batches of creates.
type revoked struct {
	http.Handler
	after  int
	inside bool // the batch is answered, and each part of it is refused

	mu   sync.Mutex
	took int             // batches of creates
	old  map[string]bool // the tokens that came with them
}

// challenged is how a token is sent back for one with more claims (learn.microsoft.com, Claims challenges).
const challenged = `Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ=="`

func (g *revoked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var b []byte
	if r.Body != nil {
		b, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(b))
	}
	creates := strings.HasSuffix(r.URL.Path, "/$batch") && bytes.Contains(b, []byte(`"method":"POST"`))
	if g.takes(r.Header.Get("Authorization"), creates) {
		g.Handler.ServeHTTP(w, r)
		return
	}
	refusal := map[string]any{"error": map[string]any{"code": "InvalidAuthenticationToken", "message": "Continuous access evaluation resulted in challenge."}}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	if !g.inside || !strings.HasSuffix(r.URL.Path, "/$batch") {
		w.Header().Set("WWW-Authenticate", challenged)
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(refusal)
		return
	}
	var batch struct{ Requests []struct{ ID string } }
	_ = json.Unmarshal(b, &batch)
	parts := []any{}
	for _, p := range batch.Requests {
		headers := map[string]string{"Content-Type": "application/json", "WWW-Authenticate": challenged}
		parts = append(parts, map[string]any{"id": p.ID, "status": http.StatusUnauthorized, "headers": headers, "body": refusal})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"responses": parts})
}

// takes reports whether a token is taken, and counts what comes with it.
func (g *revoked) takes(token string, creates bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.took == g.after {
		return !g.old[token]
	}
	g.old[token] = true
	if creates {
		g.took++
	}
	return true
}

// office is a world with a roster.
type office struct {
	*world
	dir   string
	users []string
}

const officeRows = 60

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{world: worldOf(t, sandbox.Options{Users: 2 * officeRows, Seed: 1}, "login.microsoftonline.com", "graph.microsoft.com", write, read, roles), dir: t.TempDir()}
	o.state = filepath.Join(o.dir, "state")
	var people []struct{ UserPrincipalName, UserType string }
	o.ask(t, "users", &people)
	for _, p := range slices.Backward(people) {
		if p.UserType == "Member" && len(o.users) < officeRows {
			o.users = append(o.users, p.UserPrincipalName)
		}
	}
	if err := os.WriteFile(filepath.Join(o.dir, "roster.csv"), []byte("user\n"+strings.Join(o.users, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// ask reads from the sandbox's control plane, behind whatever refuses tokens.
func (o *office) ask(t *testing.T, path string, into any) {
	t.Helper()
	h := o.graph
	if g, ok := h.(*revoked); ok {
		h = g.Handler
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/sandbox/"+path, nil))
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
		t.Fatal(err)
	}
}

// create is the run, each time the same.
func (o *office) create(rate string) ended {
	code, out, errOut := o.tap(secrets, "create", "--file", filepath.Join(o.dir, "roster.csv"), "--out", filepath.Join(o.dir, "passes.csv"),
		"--if-exists", "refuse", "--yes", "--rate", rate, "--progress", "jsonl", "--timeout", "2h")
	return ended{out, errOut, code}
}

// judge holds the result against the tenant, and against what was reported before.
func (o *office) judge(t *testing.T, reported map[string]string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(o.dir, "passes.csv"))
	if err != nil {
		t.Error(err)
		return
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil || len(rows) != officeRows+1 {
		t.Errorf("the result has %d rows: %v", len(rows), err)
		return
	}
	var held []heldPass
	o.ask(t, "passes", &held)
	there := map[string]heldPass{}
	for _, p := range held {
		there[p.UserPrincipalName] = p
	}
	col := func(name string) int { return slices.Index(rows[0], name) }
	for _, r := range rows[1:] {
		user, code, id := r[col("userPrincipalName")], r[col("temporaryAccessPass")], r[col("passId")]
		if code == "" || code != there[user].TemporaryAccessPass || id != there[user].ID {
			t.Errorf("%s: the result has the pass %s (%s), the tenant %s", user, id, r[col("outcome")], there[user].ID)
		}
		if told := reported[user]; told != "" && told != id {
			t.Errorf("%s: the pass %s was reported, and was superseded by %s", user, told, id)
		}
	}
}

// TestARunOutlivesItsTokens: a run that takes longer than a token lives asks for the next before that one expires. The service refuses each that has.
func TestARunOutlivesItsTokens(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.lifetime = 10 * time.Minute
		began := time.Now()
		if e := o.create("0.03/s"); e.exit != 0 {
			t.Fatalf("exit code %d\n%s", e.exit, last(e.stderr))
		}
		if took := time.Since(began); took < 3*o.lifetime || len(o.scopes) < 4 {
			t.Errorf("it took %s and %d tokens: too few to tell", took, len(o.scopes))
		}
		o.judge(t, nil)
	})
}

// TestATokenIsRevokedInTheMiddle: from one batch of creates on, the service sends tokens back for others with more claims. Where the authority gives
// them, the run goes on; where it does not, the run says so and how to go on, and the same command ends it when the authority gives tokens again.
func TestATokenIsRevokedInTheMiddle(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	for _, after := range []int{1, 2, 4, 7} {
		t.Run(fmt.Sprintf("after %d batches", after), func(t *testing.T) { revoke(t, after, false) })
	}
}

func revoke(t *testing.T, after int, inside bool) {
	t.Helper()
	for _, given := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			o := newOffice(t)
			g := &revoked{Handler: o.graph, after: after, inside: inside, old: map[string]bool{}}
			o.graph = g
			reported := map[string]string{}
			if !given {
				o.refuseOnce(t, g, reported)
			}
			e := o.create("20/s")
			if e.exit != 0 {
				t.Fatalf("a token is given: %v: exit code %d\n%s", given, e.exit, last(e.stderr))
			}
			if given && !slices.ContainsFunc(o.claims, func(c string) bool { return strings.Contains(c, `"nbf"`) }) {
				t.Errorf("no token was asked for with the claims of the challenge: %q", o.claims)
			}
			o.judge(t, reported)
		})
	}
}

// TestA401InsideABatch: parts of batches are refused with a challenge some times, while the batches are answered. Nothing was executed: they are sent again.
func TestA401InsideABatch(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // its goroutine must not belong to a bubble
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, crashRows)
		s.control(t, "faults", `[{"match": "POST /users/*/authentication/temporaryAccessPassMethods", "status": 401, "times": 30}]`)
		if e := s.create("--replace"); e.exit != 0 {
			t.Fatalf("exit code %d\n%s", e.exit, last(e.stderr))
		}
		if err := s.judge(nil); err != nil {
			t.Error(err)
		}
		var log []struct {
			Part   string
			Status int
		}
		s.ask(t, http.MethodGet, "requests", &log)
		refused := 0
		for _, l := range log {
			if l.Part != "" && l.Status == http.StatusUnauthorized {
				refused++
			}
		}
		if refused != 30 {
			t.Errorf("%d parts were refused", refused)
		}
	})
}

// refuseOnce is a run while the authority gives one token and no other. It gives them again afterwards.
func (o *office) refuseOnce(t *testing.T, g *revoked, reported map[string]string) {
	t.Helper()
	o.refusesFrom = 2
	e := o.create("20/s")
	o.refusesFrom = 0
	events(e.stderr, reported)
	switch {
	case e.exit != 4:
		t.Errorf("no token is given: exit code %d\n%s", e.exit, last(e.stderr))
	case resumeLine(e) == nil || !strings.Contains(e.stderr, "AADSTS7000215") || !strings.Contains(e.stderr, fmt.Sprintf("of %d rows are done, and nothing is lost", officeRows)):
		t.Errorf("it is not said what is wrong, how far it came and how to go on:\n%s", last(e.stderr))
	case len(reported) == 0 && g.after > 1 || len(reported) == officeRows:
		t.Errorf("%d rows were done: it was not in the middle", len(reported))
	}
}
