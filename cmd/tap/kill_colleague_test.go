package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// colleagueLives is what the colleague asks for, in minutes. The run asks for another lifetime: a pass of the same properties inside the window of a
// lost create cannot be told from ours (docs/adr/0006), and what was lost may then end what was made.
const colleagueLives = 61

// colleague is somebody else who makes passes for users of the roster at random moments, in another program.
type colleague struct {
	url   string
	users []string
	dice  *rand.Rand
	quit  chan struct{}
	once  sync.Once
	over  sync.WaitGroup

	// To be read after rest.
	made  map[string]bool // ids of passes
	asked map[string]bool // users
	vague map[string]bool // users of whom an answer was lost: a pass may be theirs
}

// hire lets a colleague begin.
func (k *killing) hire(t *testing.T) *colleague {
	t.Helper()
	c := &colleague{
		url: k.url, users: k.users, dice: rand.New(rand.NewPCG(k.dice.Uint64(), 2)), quit: make(chan struct{}),
		made: map[string]bool{}, asked: map[string]bool{}, vague: map[string]bool{},
	}
	c.over.Go(c.work)
	return c
}

func (c *colleague) work() {
	for {
		select {
		case <-c.quit:
			return
		case <-time.After(time.Duration(c.dice.IntN(400)) * time.Millisecond):
			c.create(c.users[c.dice.IntN(len(c.users))])
		}
	}
}

// create makes a pass as careless clients do: nothing is read before, and nothing repeated.
func (c *colleague) create(user string) {
	c.asked[user] = true
	req, err := http.NewRequest(http.MethodPost, c.url+"/v1.0/users/"+user+"/authentication/temporaryAccessPassMethods", strings.NewReader(fmt.Sprintf(`{"lifetimeInMinutes": %d}`, colleagueLives)))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer sandbox-privileged")
	var pass struct{ ID string }
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		err = json.NewDecoder(resp.Body).Decode(&pass)
		_ = resp.Body.Close()
	}
	switch {
	case err == nil && resp.StatusCode == http.StatusCreated && pass.ID != "":
		c.made[pass.ID] = true
	case err == nil && resp.StatusCode == http.StatusTooManyRequests:
	default:
		c.vague[user] = true
	}
}

// rest ends the colleague's work. A second one does nothing.
func (c *colleague) rest() {
	c.once.Do(func() { close(c.quit) })
	c.over.Wait()
}
