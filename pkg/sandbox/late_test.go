package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// TestLateWorkOutlivesTheProcess: it is done at its time, to the moment, whoever looks then, and takes the place of what
// somebody else made meanwhile. The folder keeps no token.
func TestLateWorkOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first := open(t, dir, sandbox.Options{})
		first.clock(`{"advance":"1h"}`)
		first.faults(`[{` + onCreate + `,"drop":"late","after":"50s","times":1}]`)
		due := time.Now().Add(50*time.Second + time.Hour)
		if _, err := first.send("POST", passesOf(adele), `{"lifetimeInMinutes":77}`); err == nil {
			t.Fatal("the connection was not cut")
		}
		if err := first.tenant.Close(); err != nil {
			t.Fatal(err)
		}
		log, err := os.ReadFile(filepath.Join(dir, "log.jsonl"))
		if err != nil || strings.Contains(string(log), "sandbox-helpdesk") {
			t.Errorf("the log holds a token, or %v", err)
		}
		time.Sleep(30 * time.Second)
		second := open(t, dir, sandbox.Options{})
		colleagues := second.create(adele, `{}`).ok(201).text("id")
		time.Sleep(20*time.Second - 1)
		if p := second.get(passesOf(adele)).values()[0]; p["id"] != colleagues {
			t.Errorf("too early: %v", p)
		}
		time.Sleep(10 * time.Second)
		var held []struct {
			ID                string
			CreatedDateTime   time.Time
			LifetimeInMinutes int
		}
		second.get("/sandbox/passes").ok(200).decode(&held)
		if len(held) != 1 || held[0].ID == colleagues || held[0].LifetimeInMinutes != 77 || !held[0].CreatedDateTime.Equal(due) {
			t.Errorf("held %+v, want one of %v", held, due)
		}
		if n := second.made(); n != 2 {
			t.Errorf("%d passcodes were issued", n)
		}
		if n := len(second.log()); n != 3 {
			t.Errorf("%d lines in the request log", n)
		}
	})
}

// TestLateWorkIsRefusedAsEver: who may not, may not later; without a token or with a body that cannot be read it never comes.
func TestLateWorkIsRefusedAsEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := contoso(t)
		c.faults(`[{` + onCreate + `,"drop":"late","after":"1s"}]`)
		for _, send := range []func() error{
			func() error { _, err := c.caller("norole").send("POST", passesOf(adele), `{}`); return err },
			func() error { _, err := c.caller("").send("POST", passesOf(adele), `{}`); return err },
			func() error { _, err := c.send("POST", passesOf(adele), `{}`, "Content-Type: text/plain"); return err },
			func() error { _, err := c.send("POST", passesOf(adele), `{`); return err },
		} {
			if send() == nil {
				t.Error("the connection was not cut")
			}
		}
		time.Sleep(2 * time.Second)
		if n := c.made(); n != 0 {
			t.Errorf("%d passcodes were issued", n)
		}
		if _, err := c.caller("app").send("POST", passesOf(helpdesk), `{}`); err == nil {
			t.Error("the connection was not cut")
		}
		time.Sleep(2 * time.Second)
		if n := c.made(); n != 1 {
			t.Errorf("%d passcodes were issued", n)
		}
	})
}
