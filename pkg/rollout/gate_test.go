package rollout_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/rollout"
)

type bubbleClock struct{}

func (bubbleClock) Now() time.Time                         { return time.Now() }
func (bubbleClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

func gate(t *testing.T, rate string) *rollout.Gate {
	t.Helper()
	var r rollout.Rate
	if err := r.Set(rate); err != nil {
		t.Fatal(err)
	}
	return rollout.NewGate(r, bubbleClock{})
}

// TestGateKeepsTheWindow: whatever holds the sender up, no window of the limit's length holds more than the limit, and what was
// lost by a delay is made up for.
func TestGateKeepsTheWindow(t *testing.T) {
	for rate, c := range map[string]struct {
		most    int // in any second
		atLeast float64
	}{"auto": {20, 19.3}, "5/s": {5, 4.9}, "0.5/s": {1, 0.49}} {
		synctest.Test(t, func(t *testing.T) {
			g := gate(t, rate)
			dice := rand.New(rand.NewPCG(1, 2))
			var sent []time.Time
			began := time.Now()
			for time.Since(began) < 2*time.Minute {
				n := g.Size()
				if err := g.Take(t.Context(), n); err != nil {
					t.Fatal(err)
				}
				if dice.IntN(10) == 0 {
					time.Sleep(time.Duration(dice.IntN(25)) * time.Millisecond)
				}
				for range n {
					sent = append(sent, time.Now())
				}
				if dice.IntN(20) == 0 {
					time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond)
				}
			}
			for i := range sent {
				if j := i + c.most; j < len(sent) && sent[j].Sub(sent[i]) <= 970*time.Millisecond {
					t.Fatalf("%s: %d writes within %s", rate, c.most+1, sent[j].Sub(sent[i]))
				}
			}
			if got := float64(len(sent)) / time.Since(began).Seconds(); got < c.atLeast {
				t.Errorf("%s: %.2f a second", rate, got)
			}
		})
	}
}

// TestGateYields: throttling slows auto down and keeps it waiting as asked; afterwards it goes up again, max beyond any limit that is known.
func TestGateYields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, "auto")
		time.Sleep(time.Second)
		g.Answered(3, 7*time.Second)
		began := time.Now()
		if err := g.Take(t.Context(), 1); err != nil || time.Since(began) < 7*time.Second {
			t.Errorf("left after %s: %v", time.Since(began), err)
		}
		if r := g.Rate(); r > 17 {
			t.Errorf("%.1f a second after throttling", r)
		}
		for range 20 {
			time.Sleep(time.Second)
			g.Answered(0, 0)
		}
		if r := g.Rate(); r != 19.5 {
			t.Errorf("%.1f a second a while later", r)
		}
		fixed := gate(t, "5/s")
		time.Sleep(time.Second)
		fixed.Answered(3, time.Second)
		if fixed.Rate() != 5 {
			t.Errorf("a fixed rate became %.1f", fixed.Rate())
		}
		most := gate(t, "max")
		for range 20 {
			time.Sleep(300 * time.Millisecond)
			most.Answered(0, 0)
		}
		if most.Rate() < 1000 || most.Size() != 20 {
			t.Errorf("max is %.1f in batches of %d", most.Rate(), most.Size())
		}
	})
}

func TestRate(t *testing.T) {
	for text, want := range map[string]string{"auto": "auto", "max": "max", "5/s": "5/s", "0.5/s": "0.5/s", "5": "", "fast": "", "0/s": "", "-1/s": "", "1e9/s": "", "NaN/s": "", "": ""} {
		var r rollout.Rate
		if err := r.Set(text); (err == nil) != (want != "") || err == nil && r.String() != want {
			t.Errorf("%q: %v %v", text, r.String(), err)
		}
	}
}
