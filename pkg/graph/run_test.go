package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// localClock is the time of this machine, or of a bubble.
type localClock struct{}

func (localClock) Now() time.Time                         { return time.Now() }
func (localClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// site is a tenant with many users and a run's desk on it.
type site struct {
	t     *testing.T
	box   *sandbox.Tenant
	calm  *sandbox.Tenant
	desk  *rollout.Desk
	users []string

	mu       sync.Mutex
	rows     map[int]pass.Result // told by events
	waitings int
}

func (s *site) Row(i int, r pass.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, twice := s.rows[i]; twice {
		s.t.Errorf("row %d was told twice", i)
	}
	s.rows[i] = r
}

func (s *site) Waiting(time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waitings++
}

// newSite opens a tenant with so many users who may hold a pass.
func newSite(t *testing.T, users int, o sandbox.Options, rate string) *site {
	t.Helper()
	dir := t.TempDir()
	o.Users = users
	s := &site{t: t, rows: map[int]pass.Result{}}
	var err error
	if s.box, err = sandbox.Open(dir, o); err != nil {
		t.Fatal(err)
	}
	if s.calm, err = sandbox.Open(dir, sandbox.Options{}); err != nil {
		t.Fatal(err)
	}
	wire := &http.Transport{DialContext: s.box.DialContext}
	c, err := graph.New(graph.Config{Root: "http://127.0.0.1", Version: "beta", Credential: token("sandbox-privileged"), Transport: wire})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		wire.CloseIdleConnections()
		_, _ = s.box.Close(), s.calm.Close()
	})
	var r rollout.Rate
	if err := r.Set(rate); err != nil {
		t.Fatal(err)
	}
	s.desk = &rollout.Desk{
		Tenant: graph.Batches{Client: c}, Clock: localClock{}, Gate: rollout.NewGate(r, localClock{}),
		Pass: &pass.Desk{Passes: c, People: c, Policy: c, Now: time.Now, Notice: func(string) {}},
	}
	var people []struct{ UserPrincipalName string }
	s.control("users", &people)
	for _, p := range people[len(people)-users:] {
		s.users = append(s.users, p.UserPrincipalName)
	}
	return s
}

func (s *site) control(path string, into any) {
	s.t.Helper()
	rec := httptest.NewRecorder()
	s.calm.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/sandbox/"+path, nil))
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) job(order pass.Order) rollout.Job {
	j := rollout.Job{Order: order, Concurrency: 4}
	for i, u := range s.users {
		j.Items = append(j.Items, rollout.Item{Line: i + 2, Key: person.Key{Kind: person.ByRef, Value: u}, Wish: &pass.Wish{}})
	}
	return j
}

// memoryBook is a book that remembers.
type memoryBook struct {
	mu       sync.Mutex
	intents  int
	outcomes map[int]journal.Outcome
}

func (b *memoryBook) Intend(i []journal.Intent) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.intents += len(i)
	return nil
}

func (b *memoryBook) Record(os []journal.Outcome) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.outcomes == nil {
		b.outcomes = map[int]journal.Outcome{}
	}
	for _, o := range os {
		b.outcomes[o.Row] = o
	}
	return nil
}

func (b *memoryBook) Each(f func(journal.Outcome) error) error {
	for _, row := range slices.Sorted(maps.Keys(b.outcomes)) {
		if err := f(b.outcomes[row]); err != nil {
			return err
		}
	}
	return nil
}

func (b *memoryBook) Put([]int) error           { return nil }
func (b *memoryBook) Keep([]journal.Kept) error { return nil }

// judge holds the outcomes against the tenant: every code is the one that is there, and nothing is left untold.
func (s *site) judge() map[pass.Outcome]int {
	s.t.Helper()
	var held []struct{ UserPrincipalName, TemporaryAccessPass string }
	s.control("clock", &struct{}{})
	s.control("passes", &held)
	there := map[string]string{}
	for _, p := range held {
		there[p.UserPrincipalName] = p.TemporaryAccessPass
	}
	ends := map[pass.Outcome]int{}
	for i, u := range s.users {
		r, ok := s.rows[i]
		if !ok {
			s.t.Errorf("row %d has no outcome", i)
			continue
		}
		ends[r.Outcome]++
		code := r.Passcode.Reveal()
		unconfirmed := r.Reason == errs.Unconfirmed
		switch {
		case code != "" && code != there[u] && !unconfirmed:
			s.t.Errorf("row %d: the code of %s is not the tenant's: %+v %v\n%s", i, u, r, r.Err, s.story(u, r.Person.ID))
		case code == "" && r.Outcome == pass.OutcomeFailed && there[u] != "" && !contains(errOr(r.Err), "a pass may exist"):
			s.t.Errorf("row %d: %s was left a pass and nobody was told: %v", i, u, r.Err)
		}
	}
	return ends
}

// story is what the tenant's log and ledger say of a user.
func (s *site) story(user, id string) string {
	var log []struct {
		Time, Method, Path, Part, Fault string
		Status, Worked                  int
	}
	s.control("requests", &log)
	var issued []issue
	s.control("issued", &issued)
	var b strings.Builder
	batch := ""
	for _, l := range log {
		if strings.HasSuffix(l.Path, "$batch") {
			batch = fmt.Sprintf("in a batch of %s that met %q with %d", l.Time, l.Fault, l.Status)
		}
		if strings.Contains(l.Path, id) || strings.Contains(l.Path, user) {
			fmt.Fprintf(&b, "%s %s %d (worked %d, fault %q) %s\n", l.Time, l.Method, l.Status, l.Worked, l.Fault, batch)
		}
	}
	for _, i := range issued {
		if i.UserPrincipalName == user {
			fmt.Fprintf(&b, "issued %s at %s\n", i.ID, i.CreatedDateTime.Format(time.RFC3339Nano))
		}
	}
	return b.String()
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, 100, sandbox.Options{}, "auto")
		job := s.job(pass.Order{IfExists: pass.Refuse})
		plan, err := s.desk.Plan(t.Context(), job, indexes(100))
		if err != nil {
			t.Fatal(err)
		}
		if plan.Writes() == 0 {
			t.Fatalf("%v", plan.Sum())
		}
		began := time.Now()
		book := &memoryBook{}
		err = s.desk.Run(t.Context(), job, s.desk.Begin(plan), book, s)
		if err != nil {
			t.Fatal(err)
		}
		ends := s.judge()
		if ends[pass.OutcomeCreated] != plan.Writes() || len(s.rows) != 100 || book.intents != plan.Writes() {
			t.Errorf("%v, %d told, %d intents, planned %v", ends, len(s.rows), book.intents, plan.Sum())
		}
		if took := time.Since(began); took < 4*time.Second || took > 6*time.Second {
			t.Errorf("%d writes took %s", plan.Writes(), took)
		}
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// TestRunUnderFaults: rows under every fault, inside batches and of whole batches.
func TestRunUnderFaults(t *testing.T) {
	faults := everyFault()
	for _, f := range []sandbox.Fault{
		{Status: 429, RetryAfter: "3"}, {Status: 503}, {Status: 504, Drop: sandbox.DropAfter}, {Drop: sandbox.DropBefore}, {Drop: sandbox.DropAfter},
		{Body: sandbox.BodyHTML}, {Body: sandbox.BodyTruncated}, {Body: sandbox.BodyEmpty}, {Latency: sandbox.Duration(90 * time.Second)},
	} {
		f.Match, f.Probability = "POST /$batch", 0.01
		faults = append(faults, f)
	}
	for i := range faults { // a 401 without an end in a part is told by the service to all
		if faults[i].Status == 401 {
			faults[i].Probability = 0.0001
		}
	}
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, 400, sandbox.Options{Seed: seed + 1, Faults: faults}, "max")
				job := s.job(pass.Order{IfExists: pass.Replace, Wait: time.Minute})
				var plan *rollout.Plan
				var err error
				for range 20 {
					if plan, err = s.desk.Plan(t.Context(), job, indexes(len(s.users))); err == nil {
						break
					}
				}
				if err != nil {
					t.Fatal(err)
				}
				err = s.desk.Run(t.Context(), job, s.desk.Begin(plan), &memoryBook{}, s)
				if err != nil {
					t.Fatalf("%v %+v", err, errs.Of(err))
				}
				time.Sleep(2 * time.Minute)
				t.Logf("%v", s.judge())
			})
		})
	}
}

func TestRunIsThrottled(t *testing.T) {
	for _, limit := range []string{"20/1s", "300/15s"} {
		t.Run(limit, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, err := sandbox.ParseLimit("POST /users/*/authentication/temporaryAccessPassMethods=" + limit)
				if err != nil {
					t.Fatal(err)
				}
				s := newSite(t, 600, sandbox.Options{Throttle: []sandbox.Limit{l}, Latency: 100 * time.Millisecond}, "auto")
				job := s.job(pass.Order{IfExists: pass.Replace})
				plan, err := s.desk.Plan(t.Context(), job, indexes(len(s.users)))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				if err := s.desk.Run(t.Context(), job, s.desk.Begin(plan), &memoryBook{}, s); err != nil {
					t.Fatal(err)
				}
				took := time.Since(began)
				var log []struct {
					Method, Part string
					Status       int
				}
				s.control("requests", &log)
				refused := 0
				for _, l := range log {
					if l.Status == 429 {
						refused++
					}
				}
				t.Logf("%d writes in %s, %.1f a second, %d refused", plan.Writes(), took, float64(plan.Writes())/took.Seconds(), refused)
				if rate := float64(plan.Writes()) / took.Seconds(); rate < 19 || refused > plan.Writes()/50 {
					t.Errorf("%.1f writes a second, %d were refused", rate, refused)
				}
			})
		})
	}
}

// TestRunIsInterrupted: rows that were not begun stay so, and those under way are in the book.
func TestRunIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, 200, sandbox.Options{Latency: 100 * time.Millisecond}, "auto")
		job := s.job(pass.Order{IfExists: pass.Replace})
		plan, err := s.desk.Plan(t.Context(), job, indexes(len(s.users)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(&errs.Error{Slug: errs.Interrupted, Why: "interrupted"}) })
		began := time.Now()
		err = s.desk.Run(ctx, job, s.desk.Begin(plan), &memoryBook{}, s)
		if errs.Of(err).Slug != errs.Interrupted || time.Since(began) > 8*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if len(s.rows) < 40 || len(s.rows) > 90 {
			t.Errorf("%d rows were done", len(s.rows))
		}
	})
}
