package graph_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

var (
	creates = flag.Int("creates", 1000, "creates a seed of TestCreatesUnderFaults")
	seeds   = flag.Uint64("seeds", 10, "seeds of TestCreatesUnderFaults")
	seed    = flag.Uint64("seed", 0, "the one seed of TestCreatesUnderFaults")
)

// TestCreatesUnderFaults: creates for many users under every kind of fault, with a colleague who makes passes meanwhile and
// with interruptions. What was told is held against the ledger of the tenant.
func TestCreatesUnderFaults(t *testing.T) {
	first, last := uint64(1), *seeds
	if *seed != 0 {
		first, last = *seed, *seed
	}
	total := &tally{ends: map[string]int{}}
	for s := first; s <= last; s++ {
		t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newTrust(t, s)
				for n := range *creates {
					w.create(n)
				}
				w.judge()
				total.add(w.ends)
			})
		})
	}
	t.Cleanup(func() {
		t.Logf("%d creates a seed ended so: %v", *creates, total.ends)
		for _, end := range []string{"told", "refused", "unseen", "unconfirmed", "overtaken", "colleague"} {
			if total.ends[end] == 0 && *creates >= 100 && *seed == 0 {
				t.Errorf("no create was %s: the faults do not reach every end", end)
			}
		}
	})
}

// tally counts how creates end.
type tally struct {
	mu   sync.Mutex
	ends map[string]int
}

func (t *tally) add(ends map[string]int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for end, n := range ends {
		t.ends[end] += n
	}
}

// trust is a tenant that breaks, a client of it, and what both did.
type trust struct {
	t     *testing.T
	seed  uint64
	dice  *rand.Rand
	calm  *sandbox.Tenant // the same tenant, as colleagues reach it, to whom nothing happens
	desk  *pass.Desk
	users []string
	tries []exchange // of the create under way
	done  []creation
	ends  map[string]int
}

// slow is a credential that takes a while now and then, as a person does who is asked.
type slow struct {
	token
	seed uint64
}

func (s slow) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if (uint64(time.Now().UnixNano())^s.seed)%50 == 0 {
		time.Sleep(20 * time.Second)
	}
	return s.token.GetToken(ctx, o)
}

// exchange is an attempt of the client.
type exchange struct {
	method       string
	began, ended time.Time
	status       int
}

// untried reports whether the service said that it executed nothing and that the call may be repeated.
func (x exchange) untried() bool {
	return x.status == http.StatusTooManyRequests || x.status == http.StatusUnauthorized
}

// issue is an entry of the ledger.
type issue struct {
	UserPrincipalName, ID, TemporaryAccessPass string
	CreatedDateTime                            time.Time
}

func newTrust(t *testing.T, seed uint64) *trust {
	dir := t.TempDir()
	w := &trust{t: t, seed: seed, dice: rand.New(rand.NewPCG(seed, seed)), ends: map[string]int{}}
	broken, err := sandbox.Open(dir, sandbox.Options{Users: 20, Seed: int64(seed), Faults: everyFault()})
	if err != nil {
		t.Fatal(err)
	}
	if w.calm, err = sandbox.Open(dir, sandbox.Options{}); err != nil {
		t.Fatal(err)
	}
	wire := &http.Transport{DialContext: broken.DialContext}
	c, err := graph.New(graph.Config{
		Root: "http://127.0.0.1", Version: "beta", Credential: slow{token("sandbox-privileged"), w.dice.Uint64()}, Transport: wire,
		Trace: func(x graph.Exchange) {
			if strings.Contains(x.URL, "/temporaryAccessPassMethods") {
				w.tries = append(w.tries, exchange{x.Method, time.Now().Add(-x.Took), time.Now(), x.Status})
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.desk = &pass.Desk{Passes: c, People: c, Policy: c, Now: time.Now, Notice: func(string) {}}
	t.Cleanup(func() {
		wire.CloseIdleConnections()
		_, _ = broken.Close(), w.calm.Close()
	})
	var people []struct {
		UserPrincipalName string
		CreationType      *string
	}
	w.control("users", &people)
	for _, p := range people[len(people)-20:] {
		w.users = append(w.users, p.UserPrincipalName)
	}
	return w
}

// everyFault is one fault of every kind, each of which strikes one call in a hundred or so.
func everyFault() []sandbox.Fault {
	const post, list = "POST /users/*/authentication/temporaryAccessPassMethods", "GET /users/*/authentication/temporaryAccessPassMethods"
	second := func(n float64) sandbox.Duration { return sandbox.Duration(n * float64(time.Second)) }
	var faults []sandbox.Fault
	add := func(match string, f sandbox.Fault) {
		f.Match, f.Probability = match, 0.015
		faults = append(faults, f)
	}
	for _, match := range []string{post, list, "GET /users/*"} {
		for _, status := range []int{400, 401, 403, 404, 408, 500, 502, 503, 504} {
			add(match, sandbox.Fault{Status: status})
		}
		for _, after := range []string{"", "0", "1", "2.5", "+8s", "40", "65"} {
			add(match, sandbox.Fault{Status: 429, RetryAfter: after})
		}
		add(match, sandbox.Fault{Drop: sandbox.DropBefore})
		add(match, sandbox.Fault{Drop: sandbox.DropAfter})
		add(match, sandbox.Fault{Drop: sandbox.DropAfter, Status: 504})
		add(match, sandbox.Fault{Drop: sandbox.DropAfter, Status: 408})
		for _, body := range []string{sandbox.BodyHTML, sandbox.BodyTruncated, sandbox.BodyEmpty, sandbox.BodyOdd} {
			add(match, sandbox.Fault{Body: body})
		}
		for _, wait := range []float64{0.2, 3, 90} {
			add(match, sandbox.Fault{Latency: second(wait)})
		}
	}
	for _, after := range []float64{1, 3, 10, 30, 50, 59} {
		add(post, sandbox.Fault{Drop: sandbox.DropLate, After: second(after)})
		add(post, sandbox.Fault{Drop: sandbox.DropLate, Status: 503, After: second(after)})
	}
	return faults
}

// control reads from the control plane.
func (w *trust) control(path string, into any) {
	rec := httptest.NewRecorder()
	w.calm.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://127.0.0.1/sandbox/"+path, nil))
	if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
		w.t.Fatal(err)
	}
}

// colleague makes a pass for the user after a while, and returns its id once it is made.
func (w *trust) colleague(ctx context.Context, user string, after time.Duration, lifetime int) <-chan string {
	id := make(chan string, 1)
	go func() {
		defer close(id)
		select {
		case <-time.After(after):
		case <-ctx.Done():
			return
		}
		req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/v1.0/users/"+user+"/authentication/temporaryAccessPassMethods",
			strings.NewReader(fmt.Sprintf(`{"lifetimeInMinutes":%d}`, lifetime)))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer sandbox-privileged")
		rec := httptest.NewRecorder()
		w.calm.Handler().ServeHTTP(rec, req)
		var made struct{ ID string }
		if b, _ := io.ReadAll(rec.Body); json.Unmarshal(b, &made) != nil || made.ID == "" {
			w.t.Errorf("the colleague: %d %s", rec.Code, b)
		}
		id <- made.ID
	}()
	return id
}

// create makes one pass and judges it a while later, when nothing is under way any more.
func (w *trust) create(n int) {
	user := w.users[n%len(w.users)]
	ctx, cancel := context.WithTimeoutCause(w.t.Context(), 10*time.Minute, &errs.Error{Slug: errs.Busy, Why: "not done in time"})
	defer cancel()
	order := pass.Order{IfExists: pass.Replace}
	if w.dice.IntN(3) == 0 {
		order.IfExists = pass.Refuse
		w.clear(user)
	}
	if w.dice.IntN(2) == 0 {
		lifetime := when.Duration{}
		if err := lifetime.Set("2h"); err != nil {
			w.t.Fatal(err)
		}
		order.Wish.Lifetime = lifetime
	}
	begun, theirs := time.Now(), ""
	var colleague <-chan string
	if w.dice.IntN(4) == 0 {
		before := time.Duration(w.dice.IntN(30)) * time.Second
		colleague = w.colleague(w.t.Context(), user, time.Duration(w.dice.IntN(150_000))*time.Millisecond, []int{60, 120}[w.dice.IntN(2)])
		time.Sleep(before)
	}
	if w.dice.IntN(10) == 0 {
		interrupted, interrupt := context.WithCancelCause(ctx)
		time.AfterFunc(time.Duration(w.dice.IntN(5_000))*time.Millisecond, func() {
			interrupt(&errs.Error{Slug: errs.Interrupted, Why: "interrupted"})
		})
		ctx = interrupted
	}
	w.tries = nil
	r := w.desk.Create(ctx, person.Ref(user), order)
	if colleague != nil {
		theirs = <-colleague
	}
	time.Sleep(75 * time.Second)
	w.control("clock", &struct{}{}) // lets what is overdue happen
	w.done = append(w.done, creation{w, n, user, order, r, theirs, w.tries, begun, time.Now()})
}

// clear deletes the pass of a user, so that a create without --replace has something to do.
func (w *trust) clear(user string) {
	req := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "http://127.0.0.1/v1.0/users/"+user+"/authentication/temporaryAccessPassMethods"+path, nil)
		r.Header.Set("Authorization", "Bearer sandbox-privileged")
		rec := httptest.NewRecorder()
		w.calm.Handler().ServeHTTP(rec, r)
		return rec
	}
	var list struct{ Value []struct{ ID string } }
	if err := json.Unmarshal(req(http.MethodGet, "").Body.Bytes(), &list); err != nil {
		w.t.Fatal(err)
	}
	for _, p := range list.Value {
		req(http.MethodDelete, "/"+p.ID)
	}
}

// creation is one create with what came of it.
type creation struct {
	w            *trust
	n            int
	user         string
	order        pass.Order
	result       pass.Result
	theirs       string // the id of a colleague's pass, "" for none
	tries        []exchange
	begun, ended time.Time
}

// judge holds every create against the ledger.
func (w *trust) judge() {
	var all []issue
	w.control("issued", &all)
	ledger := map[string][]issue{}
	for _, i := range all {
		ledger[i.UserPrincipalName] = append(ledger[i.UserPrincipalName], i)
	}
	for _, v := range w.done {
		var issued []issue
		for _, i := range ledger[v.user] {
			if !i.CreatedDateTime.Before(v.begun.Truncate(time.Millisecond)) && i.CreatedDateTime.Before(v.ended) {
				issued = append(issued, i)
			}
		}
		v.attempts(issued)
		v.told(issued)
		v.colleague(issued)
		v.stale()
	}
}

// attempts: no more passes were issued than were tried.
func (v creation) attempts(issued []issue) {
	ours := len(issued)
	if v.colleagues(issued) >= 0 {
		ours--
	}
	if posts := len(v.posts()); ours > posts {
		v.fault("%d passes were issued by %d attempts", ours, posts)
	}
	if posts, reads := len(v.posts()), len(v.tries); posts > 7 || reads > 60 {
		v.fault("%d creates, %d calls: the limit in tries does not hold", posts, reads)
	}
}

// colleagues is where the pass of the colleague stands, -1 where there is none.
func (v creation) colleagues(issued []issue) int {
	return slices.IndexFunc(issued, func(i issue) bool { return i.ID == v.theirs })
}

// posts are the tries that the service may have executed.
func (v creation) posts() []exchange {
	return slices.DeleteFunc(slices.Clone(v.tries), func(x exchange) bool {
		return x.method != http.MethodPost || x.untried()
	})
}

func (v creation) fault(format string, args ...any) {
	v.w.t.Helper()
	v.w.t.Errorf("seed %d, create %d for %s (%+v): %s\nresult: %+v, error: %v\ntries: %+v", v.w.seed, v.n, v.user, v.order.IfExists, fmt.Sprintf(format, args...), v.result, v.result.Err, v.tries)
}

// told: a code that was told is not ended by what the client did, and where no code was told it is said what may be left.
func (v creation) told(issued []issue) {
	code, w := v.result.Passcode.Reveal(), v.w
	unconfirmed := v.result.Reason == errs.Unconfirmed
	at := slices.IndexFunc(issued, func(i issue) bool { return i.TemporaryAccessPass == code })
	text := fmt.Sprint(v.result.Err)
	switch {
	case code != "" && at < 0:
		v.fault("the code is not one of the tenant's: %+v", issued)
	case code != "" && unconfirmed:
		w.ends["unconfirmed"]++
	case code != "":
		w.ends["told"]++
		ended := slices.DeleteFunc(slices.Clone(issued[at+1:]), func(i issue) bool { return i.ID == v.theirs })
		if len(ended) > 1 || len(ended) == 1 && !v.lookAlike(issued) { // a look-alike is taken for one lost try
			v.fault("the code of %s was ended by %+v", issued[at].ID, ended)
		}
	case strings.Contains(text, "a pass may exist whose code nobody saw"):
		w.ends["unseen"]++
	default:
		w.ends["refused"]++
		if len(issued) > 0 && issued[len(issued)-1].ID != v.theirs {
			v.fault("a pass was left, and nobody was told: %+v", issued)
		}
	}
	if strings.Contains(text, "somebody else made a pass") {
		w.ends["overtaken"]++
	}
}

// lookAlike reports whether a colleague's pass cannot be told from one of a lost try.
func (v creation) lookAlike(issued []issue) bool {
	at := v.colleagues(issued)
	return at >= 0 && slices.ContainsFunc(v.posts(), func(x exchange) bool {
		made := issued[at].CreatedDateTime
		return !made.Before(x.began.Add(-3*time.Second)) && !made.After(x.began.Add(63*time.Second))
	})
}

// colleague: once the client could see a colleague's pass, which it could not take for its own, it does not create.
func (v creation) colleague(issued []issue) {
	at, posts := v.colleagues(issued), v.posts()
	if at < 0 || v.lookAlike(issued) {
		return
	}
	made := issued[at].CreatedDateTime
	if v.order.IfExists == pass.Replace && (len(posts) == 0 || made.Before(posts[0].began)) {
		return // that was asked for
	}
	v.w.ends["colleague"]++
	seen := slices.IndexFunc(v.tries, func(x exchange) bool {
		return x.method == http.MethodGet && x.status == http.StatusOK && x.began.After(made)
	})
	if seen >= 0 && slices.ContainsFunc(posts, func(x exchange) bool { return !x.began.Before(v.tries[seen].ended) }) {
		v.fault("a colleague's pass of %s could be seen and was replaced: %+v", made, issued)
	}
}

// stale: where no pass may be replaced that a colleague made, the passes were read just before, however long the client
// had to wait. Under --replace that holds from the first try on that the service may have executed.
func (v creation) stale() {
	var read time.Time
	consent := v.order.IfExists == pass.Replace
	for _, x := range v.tries {
		switch {
		case x.method == http.MethodGet:
			read = x.ended
		case x.untried():
		case consent:
			consent = false
		case x.began.Sub(read) > 4*time.Second: // two seconds before the create and two within it are let pass
			v.fault("posted %s after the passes were read", x.began.Sub(read))
		}
	}
}
