package graph_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/graph"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// play is a network that does one act after another, the last one for good. Each act is what happens to a request.
type play struct {
	acts  []act
	seen  []string // methods
	times []time.Duration
	began time.Time
}

type act func(*http.Request) (*http.Response, error)

func (p *play) RoundTrip(req *http.Request) (*http.Response, error) {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	p.seen = append(p.seen, req.Method)
	p.times = append(p.times, time.Since(p.began))
	return p.acts[min(len(p.seen), len(p.acts))-1](req)
}

// says is an answer with headers "Name: value".
func says(status int, body string, headers ...string) act {
	return func(req *http.Request) (*http.Response, error) {
		return memory{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", js)
			w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
			for _, h := range headers {
				name, value, _ := strings.Cut(h, ": ")
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})}.RoundTrip(req)
	}
}

// cut writes the request and loses the answer.
func cut(req *http.Request) (*http.Response, error) {
	_, _ = says(200, "")(req)
	return nil, io.ErrUnexpectedEOF
}

// refusedDial never reaches the service.
func refusedDial(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("connect: connection refused")}
}

const (
	empty = `{"value":[]}`
	made  = `{"id":"new","temporaryAccessPass":"code","startDateTime":"2000-01-01T00:00:00Z","lifetimeInMinutes":60,"isUsableOnce":false}`
)

func TestWhatIsRepeated(t *testing.T) {
	list := func(ctx context.Context, c *graph.Client) error { _, err := c.List(ctx, adele); return err }
	remove := func(ctx context.Context, c *graph.Client) error { return c.Delete(ctx, adele, "x") }
	create := func(ctx context.Context, c *graph.Client) error {
		_, err := c.Create(ctx, adele, pass.Request{})
		return err
	}
	ok := says(200, empty)
	for _, c := range []struct {
		name string
		do   func(context.Context, *graph.Client) error
		acts []act
		seen string
		slug errs.Slug
		from time.Duration // the whole takes at least
		to   time.Duration // and at most
	}{
		{"a throttled read", list, []act{says(429, "", "Retry-After: 7"), ok}, "GET GET", "", 7 * time.Second, 8 * time.Second},
		{"a decimal keeps its fraction", list, []act{says(429, "", "Retry-After: 2.5"), ok}, "GET GET", "", 2500 * time.Millisecond, 2800 * time.Millisecond},
		{"a date counts from the answer's own", list, []act{says(429, "", "Retry-After: Sat, 01 Jan 2000 00:00:12 GMT", "Date: Sat, 01 Jan 2000 00:00:00 GMT"), ok}, "GET GET", "", 12 * time.Second, 14 * time.Second},
		{"no Retry-After", list, []act{says(429, ""), says(429, ""), ok}, "GET GET GET", "", 1500 * time.Millisecond, 4500 * time.Millisecond},
		{"a read after 504", list, []act{says(504, ""), ok}, "GET GET", "", 500 * time.Millisecond, 1500 * time.Millisecond},
		{"a delete after a cut", remove, []act{cut, says(204, "")}, "DELETE DELETE", "", 500 * time.Millisecond, 1500 * time.Millisecond},
		{"a dial that fails", create, []act{refusedDial, says(201, made)}, "POST POST", "", 500 * time.Millisecond, 1500 * time.Millisecond},
		{"a dial that fails for good", list, []act{refusedDial}, "GET GET GET", errs.Busy, time.Second, 5 * time.Second},
		{"throttled for good", list, []act{says(429, "", "Retry-After: 1")}, "GET GET GET GET GET GET", errs.Busy, 5 * time.Second, 6 * time.Second},
		{"a throttled create", create, []act{says(429, "", "Retry-After: 3"), says(201, made)}, "POST POST", "", 3 * time.Second, 4 * time.Second},
		{"a refused create", create, []act{says(400, "")}, "POST", errs.Rejected, 0, 0},
		{"a missing user", list, []act{says(404, "")}, "GET", errs.NotFound, 0, 0},
		{"a Retry-After of nothing", list, []act{says(429, "", "Retry-After: 0")}, "GET GET GET GET GET GET", errs.Busy, 15 * time.Second, 47 * time.Second},
		{"501", list, []act{says(501, "")}, "GET", errs.Internal, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &play{acts: c.acts}
				began := time.Now()
				err := c.do(t.Context(), over(t, p))
				took := time.Since(began)
				if got := strings.Join(p.seen, " "); got != c.seen {
					t.Errorf("sent %s, want %s", got, c.seen)
				}
				if (err == nil) != (c.slug == "") || err != nil && errs.Of(err).Slug != c.slug {
					t.Errorf("error %v, want %q", err, c.slug)
				}
				if took < c.from || took > c.to {
					t.Errorf("took %s, want %s to %s", took, c.from, c.to)
				}
			})
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(10*time.Second, func() { cancel(&errs.Error{Slug: errs.Interrupted, Why: "interrupted"}) })
		began := time.Now()
		_, err := over(t, &play{acts: []act{says(429, "", "Retry-After: 60")}}).List(ctx, adele)
		if errs.Of(err).Slug != errs.Interrupted || time.Since(began) != 10*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestAWaitThatCannotEndInTimeIsNotBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		_, err := over(t, &play{acts: []act{says(429, "", "Retry-After: 60")}}).List(ctx, adele)
		if errs.Of(err).Slug != errs.Busy || time.Since(began) != 0 {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestALongWaitIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		c, err := graph.New(graph.Config{
			Root: root, Version: "beta", Credential: token("x"), Transport: &play{acts: []act{says(429, "", "Retry-After: 1"), says(429, "", "Retry-After: 5"), says(200, empty)}},
			Waiting: func(d time.Duration, why error) {
				told = append(told, fmt.Sprintf("%s %v", d.Truncate(time.Second), why))
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.List(t.Context(), adele); err != nil {
			t.Fatal(err)
		}
		if len(told) != 1 || told[0] != "5s the answer was 429 Too Many Requests" {
			t.Errorf("told %q", told)
		}
	})
}

// listed is a collection with one pass that was created so long ago.
func listed(id string, ago time.Duration) act {
	return func(req *http.Request) (*http.Response, error) {
		created := time.Now().Add(-ago).UTC().Format(time.RFC3339Nano)
		return says(200, fmt.Sprintf(`{"value":[{"id":%q,"createdDateTime":%q,"startDateTime":%q,"lifetimeInMinutes":60,"isUsableOnce":false}]}`, id, created, created))(req)
	}
}

func TestALostCreateIsSettled(t *testing.T) {
	none, old := "", "old"
	hour, day := time.Hour, 24*time.Hour
	ok := says(201, made)
	for _, c := range []struct {
		name  string
		r     pass.Request
		acts  []act
		seen  string
		words string // of the error, "" for none
		least time.Duration
	}{
		{"it made a pass", pass.Request{Known: &none}, []act{cut, listed("lost", 0), ok}, "POST GET POST", "", 0},
		{"it made a pass, by its status", pass.Request{Known: &none}, []act{says(504, ""), listed("lost", 0), ok}, "POST GET POST", "", 0},
		{"it made none so far", pass.Request{Known: &none}, []act{cut, says(200, empty), ok, listed("new", 60*time.Second)}, "POST GET POST GET", "", 60 * time.Second},
		{"the known one is still there", pass.Request{Known: &old}, []act{cut, listed("old", time.Hour), ok, listed("new", 60*time.Second)}, "POST GET POST GET", "", 60 * time.Second},
		{"unread, an old one is there", pass.Request{}, []act{cut, listed("old", time.Hour), ok, listed("new", 60*time.Second)}, "POST GET POST GET", "", 60 * time.Second},
		{"it lands late, on top", pass.Request{Known: &none}, []act{cut, says(200, empty), ok, listed("late", 10*time.Second), ok}, "POST GET POST GET POST", "", 60 * time.Second},
		{"a colleague's, before", pass.Request{Known: &none}, []act{cut, listed("theirs", time.Hour)}, "POST GET", "somebody else made a pass", 0},
		{"it made a pass, by a clock a second behind", pass.Request{Known: &none}, []act{cut, listed("lost", time.Second), ok}, "POST GET POST", "", 0},
		{"a colleague's, just before", pass.Request{Known: &none}, []act{cut, listed("theirs", 5*time.Second)}, "POST GET", "somebody else made a pass", 0},
		{"a colleague's, of another lifetime", pass.Request{Known: &none, Lifetime: &day}, []act{cut, listed("theirs", 0)}, "POST GET", "somebody else made a pass", 0},
		{"ours, of this lifetime", pass.Request{Known: &none, Lifetime: &hour}, []act{cut, listed("lost", 0), ok}, "POST GET POST", "", 0},
		{"a colleague's, while it is confirmed", pass.Request{Known: &none, Lifetime: &day}, []act{cut, says(200, empty), ok, listed("theirs", time.Second)}, "POST GET POST GET", "somebody else made a pass", 60 * time.Second},
		{"lost for good", pass.Request{Known: &none}, []act{cut, listed("lost", 0), cut, listed("lost", 0), cut, listed("lost", 0), cut, listed("lost", 0), cut, listed("lost", 0), cut}, "POST GET POST GET POST GET POST GET POST GET POST", "a pass may exist whose code nobody saw", 0},
		{"it cannot be read", pass.Request{Known: &none}, []act{cut, says(403, "")}, "POST GET", "a pass may exist whose code nobody saw", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &play{acts: c.acts}
				began := time.Now()
				got, err := over(t, p).Create(t.Context(), adele, c.r)
				if seen := strings.Join(p.seen, " "); seen != c.seen {
					t.Errorf("sent %s, want %s", seen, c.seen)
				}
				if (err == nil) != (c.words == "") || !contains(errOr(err), c.words) {
					t.Errorf("error %v, want %q", err, c.words)
				}
				if err == nil && (got.Passcode.Reveal() != "code" || got.Warning != "") {
					t.Errorf("made %+v", got)
				}
				// Between two tries lie a second, two, four … give or take half.
				posts := strings.Count(c.seen, "POST")
				if took := time.Since(began); took < c.least || took > c.least+time.Duration(1<<posts)*1500*time.Millisecond {
					t.Errorf("took %s, want %s", took, c.least)
				}
			})
		})
	}
}

// errOr is an error with what a create that may have made a pass is told as.
func errOr(err error) error {
	switch {
	case err == nil:
		return errors.New("")
	case errors.Is(err, pass.ErrUnseen):
		return fmt.Errorf("%w: %w", err, pass.ErrUnseen)
	}
	return err
}

func TestAPassIsToldBeforeItIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		none := ""
		began, told := time.Now(), time.Duration(-1)
		r := pass.Request{Known: &none, Unconfirmed: func(c pass.Created) {
			if told = time.Since(began); c.Passcode.Reveal() != "code" {
				t.Errorf("told %+v", c)
			}
		}}
		if _, err := over(t, &play{acts: []act{cut, says(200, empty), says(201, made), listed("new", time.Minute)}}).Create(t.Context(), adele, r); err != nil {
			t.Fatal(err)
		}
		if told < 0 || told > 2*time.Second {
			t.Errorf("told after %s", told)
		}
	})
}

func TestCtrlCDuringACreate(t *testing.T) {
	slow := func(d time.Duration) act {
		return func(req *http.Request) (*http.Response, error) {
			answer, _ := says(201, made)(req)
			select {
			case <-time.After(d):
				return answer, nil
			case <-req.Context().Done():
				return nil, context.Cause(req.Context())
			}
		}
	}
	for d, words := range map[time.Duration]string{3 * time.Second: "", time.Minute: "interrupted: a pass may exist whose code nobody saw"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(&errs.Error{Slug: errs.Interrupted, Why: "interrupted"}) })
			began := time.Now()
			p := &play{acts: []act{slow(d)}}
			got, err := over(t, p).Create(ctx, adele, pass.Request{})
			if words == "" && (err != nil || got.Passcode.IsEmpty()) {
				t.Errorf("an answer within the grace is lost: %v", err)
			}
			if words != "" && (!contains(errOr(err), words) || errs.Of(err).Slug != errs.Interrupted || time.Since(began) != 5*time.Second || len(p.seen) != 1) {
				t.Errorf("%v after %s, %v", err, time.Since(began), p.seen)
			}
		})
	}
}

// TestALookIsNotLookedBefore: the reads before a repeated create have the limit of every read.
func TestALookIsNotLookedBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		none := ""
		p := &play{acts: []act{says(429, "", "Retry-After: 3")}}
		_, err := over(t, p).Create(t.Context(), adele, pass.Request{Known: &none})
		if errs.Of(err).Slug != errs.Busy || len(p.seen) != 7 {
			t.Errorf("%v after %v", err, p.seen)
		}
	})
}

// TestTheSendingIsTimedWhenItIsSent: what came before, a token that took a while or a wait, does not count.
func TestTheSendingIsTimedWhenItIsSent(t *testing.T) {
	none := ""
	for name, acts := range map[string][]act{
		"after a long wait":           []act{says(429, "", "Retry-After: 65"), says(200, empty), says(201, ""), listed("lost", time.Second), says(201, made)},
		"a cut one after a long wait": []act{says(429, "", "Retry-After: 65"), says(200, empty), cut, listed("lost", time.Second), says(201, made)},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &play{acts: acts}
			if got, err := over(t, p).Create(t.Context(), adele, pass.Request{Known: &none}); err != nil || got.Passcode.Reveal() != "code" {
				t.Errorf("%s: %v, %v", name, err, p.seen)
			}
		})
	}
}

// TestNoTimeToConfirm: where the time of the command ends before a pass can be confirmed, its code is told with that doubt, at once.
func TestNoTimeToConfirm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		none, began := "", time.Now()
		got, err := over(t, &play{acts: []act{cut, says(200, empty), says(201, made)}}).Create(ctx, adele, pass.Request{Known: &none})
		if err != nil || got.Passcode.Reveal() != "code" || got.Doubt == nil || time.Since(began) > 3*time.Second {
			t.Errorf("%+v, %v after %s", got, err, time.Since(began))
		}
	})
}

// TestAPassFromJustBefore: under --replace a pass that was made just before may be taken for one of the lost try, so the code is confirmed all the same.
func TestAPassFromJustBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &play{acts: []act{cut, listed("old", 3*time.Second), says(201, made), listed("new", time.Minute)}}
		began := time.Now()
		if _, err := over(t, p).Create(t.Context(), adele, pass.Request{}); err != nil || time.Since(began) < time.Minute {
			t.Errorf("%v after %s: %v", err, time.Since(began), p.seen)
		}
	})
}
