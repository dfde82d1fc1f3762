package root

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/permission"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// TestAskedPermissions: the sandbox's caller nopolicy is a person with what tap asks for, and nothing more.
func TestAskedPermissions(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Open(t.TempDir(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	rec := httptest.NewRecorder()
	box.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, embedded+"/sandbox?as=nopolicy", nil))
	var a struct {
		Caller struct{ Permissions []string }
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	asked := permission.Asked("create", func(string) bool { return false }, false)
	if !slices.Equal(a.Caller.Permissions, asked) {
		t.Errorf("nopolicy holds %q, a person is asked for %q", a.Caller.Permissions, asked)
	}
}

// leafCommands are the commands that do something, by what stands after tap.
func leafCommands(c *cobra.Command) []*cobra.Command {
	if !c.HasSubCommands() {
		return []*cobra.Command{c}
	}
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		all = append(all, leafCommands(sub)...)
	}
	return all
}

func testTree() *cobra.Command {
	return NewCmd(&Process{
		Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, Getenv: func(string) string { return "" },
	})
}

// TestEachCommandSaysWhatItTakes: a command calls Graph and is in the table of permissions, or it is known here not to.
func TestEachCommandSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	local := []string{"run list", "run show", "run discard", "result show", "result export", "result split", "version", "help", "login", "logout"}
	needless := []string{"whoami"} // works whatever it may read, and asks for nothing
	named := map[string]bool{}
	for _, c := range leafCommands(testTree()) {
		name := tableName(c)
		named[name] = true
		apart := slices.Contains(local, name) || c.GroupID == TopicGroup || strings.HasPrefix(name, "sandbox ") || strings.HasPrefix(name, "profile ") || strings.HasPrefix(name, "completion ")
		switch uses := permission.Of(name); {
		case apart && uses != nil:
			t.Errorf("tap %s is said to call nothing of Graph, and the table says otherwise", name)
		case slices.Contains(needless, name):
		case !apart && uses == nil:
			t.Errorf("tap %s has no row in pkg/permission/command.go", name)
		case uses != nil && uses[0].Weight == permission.Needed && !strings.Contains(c.Long, "PERMISSIONS\n\n    Needed:\n      "+uses[0].Does),
			uses != nil && !strings.Contains(c.Long, "\n      "+uses[0].Does):
			t.Errorf("the help of tap %s does not say what it takes: %s", name, c.Long)
		}
	}
	for _, name := range permission.Commands() {
		if !named[name] {
			t.Errorf("the table has tap %s, which there is not", name)
		}
	}
}

func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	const own = "11111111-2222-4333-8444-555555555555"
	for _, c := range []struct {
		cfg       auth.Config
		why, hint string
	}{
		{auth.Config{Kind: auth.Browser, ClientID: own}, "", ""},
		{auth.Config{Kind: auth.DeviceCode, ClientID: own}, "", ""},
		{auth.Config{Kind: auth.Browser}, "carries every permission that anybody in the tenant ever consented to for it", "--client-id CLIENT_ID"},
		{auth.Config{Kind: auth.Browser, ClientID: strings.ToUpper(auth.DefaultClientID)}, "carries every permission", "--client-id CLIENT_ID"},
		{auth.Config{Kind: auth.ClientSecret, ClientID: own}, "is for people", "tap help permissions"},
	} {
		err := leastPrivilege(c.cfg)
		if c.why == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.cfg, err)
			}
			continue
		}
		e := errs.Of(err)
		if e == nil || e.Slug != errs.UsageFault || !strings.Contains(e.Why, c.why) || !slices.Equal(e.Hints, []string{c.hint}) {
			t.Errorf("%+v: %v", c.cfg, e)
		}
	}
}

// TestWhatIsAskedFor: the flags that were typed decide what the sign-in asks for.
func TestWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	const broad, narrow, look, user = "UserAuthenticationMethod.ReadWrite.All", "UserAuthMethod-TAP.ReadWrite.All", "UserAuthMethod-TAP.Read.All", "User.Read.All"
	for line, want := range map[string]string{
		"create u@contoso.com":                                   broad + " " + user,
		"create u@contoso.com --least-privilege":                 narrow + " " + user,
		"create u@contoso.com --least-privilege --dry-run":       look + " " + user,
		"list u@contoso.com --least-privilege":                   look + " " + user,
		"list --group Helpdesk":                                  broad + " " + user + " GroupMember.Read.All",
		"doctor u@contoso.com":                                   broad + " " + user,
		"doctor --least-privilege":                               narrow + " " + user,
		"policy show --least-privilege":                          "Policy.Read.AuthenticationMethod GroupMember.Read.All",
		"policy set --enable":                                    "Policy.ReadWrite.AuthenticationMethod GroupMember.Read.All",
		"delete u@contoso.com --least-privilege --state expired": narrow + " " + user,
	} {
		p := &Process{
			Args:    strings.Fields(line),
			Streams: &terminal.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}, Getenv: func(string) string { return "" },
		}
		c, rest, err := NewCmd(p).Find(p.Args)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		p.cmd = c
		o := &opener{process: p, flags: p.flags}
		if got := strings.Join(o.permissions().all, " "); got != want {
			t.Errorf("tap %s asks for %s, want %s", line, got, want)
		}
	}
}

// The help of tap login names what a sign-in asks for.
func TestLoginSaysWhatItAsksFor(t *testing.T) {
	t.Parallel()
	login, _, err := testTree().Find([]string{"login"})
	if err != nil {
		t.Fatal(err)
	}
	for _, least := range []bool{false, true} {
		asked := (&opener{flags: &flags{least: least}}).loginPermissions().all
		words := strings.Join(asked[:len(asked)-1], ", ") + " and " + asked[len(asked)-1]
		if !strings.Contains(strings.Join(strings.Fields(login.Long), " "), words) {
			t.Errorf("with --least-privilege %t it asks for %s, and does not say so", least, words)
		}
	}
}
