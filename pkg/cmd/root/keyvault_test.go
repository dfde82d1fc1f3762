package root_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/keyvault/vaultbox"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal/memfs"
)

const vaultURL = "https://contoso.vault.azure.net"

// keeper is a world with a vault, a roster, and the command that puts its passes there.
type keeper struct {
	*world
	command []string
}

func newKeeper(t *testing.T, users ...string) *keeper {
	t.Helper()
	k := &keeper{world: newWorld(t, "login.microsoftonline.com", "graph.microsoft.com", write, read, roles)}
	var err error
	if k.vault, err = vaultbox.New("contoso.vault.azure.net"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(k.vault.Close)
	if len(users) == 0 {
		users = []string{"adele.vance@contoso.com", "alex.wilber@contoso.com", "diego.siciliani@contoso.com"}
	}
	roster := filepath.Join(t.TempDir(), "roster.csv")
	if err := os.WriteFile(roster, []byte("user\n"+strings.Join(users, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	k.files = memfs.New()
	k.command = []string{"create", "--file", roster, "--keyvault", vaultURL, "--journal", "/runs", "--replace", "--yes"}
	return k
}

func (k *keeper) run(words ...string) ended {
	code, out, errOut := k.tap(secrets, append(k.command, words...)...)
	return ended{out, errOut, code}
}

type heldByUser struct {
	UserID, UserPrincipalName, ID, TemporaryAccessPass string
	StartDateTime                                      time.Time
	LifetimeInMinutes                                  int
}

func (k *keeper) held() (held []heldByUser) {
	rec := httptest.NewRecorder()
	k.graph.ServeHTTP(rec, httptest.NewRequest("GET", "http://127.0.0.1/sandbox/passes", nil))
	if err := json.Unmarshal(rec.Body.Bytes(), &held); err != nil {
		k.t.Fatal(err)
	}
	return held
}

// judge holds the vault against the tenant: one secret a user, of one version, which is the tenant's pass.
func (k *keeper) judge(users int) error {
	n := 0
	for _, p := range k.held() {
		versions := k.vault.Written(p.UserID)
		if len(versions) == 0 {
			continue
		}
		n++
		v, end := versions[0], p.StartDateTime.Add(time.Duration(p.LifetimeInMinutes)*time.Minute)
		switch {
		case len(versions) != 1:
			return fmt.Errorf("%s has %d versions", p.UserPrincipalName, len(versions))
		case v.Value != p.TemporaryAccessPass || !v.Enabled:
			return fmt.Errorf("the vault's code of %s is not the tenant's", p.UserPrincipalName)
		case !v.Expires.Equal(end.Truncate(time.Second)) || !v.NotBefore.Equal(p.StartDateTime.Truncate(time.Second)):
			return fmt.Errorf("%s: from %s until %s, want %s until %s", p.UserPrincipalName, v.NotBefore, v.Expires, p.StartDateTime, end)
		case v.Tags["passId"] != p.ID || v.Tags["userPrincipalName"] != p.UserPrincipalName || v.Tags["userId"] != p.UserID || v.Tags["tenantId"] == "" || v.Tags["run"] == "":
			return fmt.Errorf("%s: tags %v", p.UserPrincipalName, v.Tags)
		}
	}
	if n != users {
		return fmt.Errorf("%d users are in the vault, want %d", n, users)
	}
	return nil
}

func TestARunIntoAVault(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	e := k.run("--out", filepath.Join(t.TempDir(), "passes.csv"), "--debug")
	if e.exit == 0 {
		t.Error("the file's folder is not there, and nothing was said")
	}
	if got := len(k.vault.Log()); got > 1 {
		t.Errorf("%d secrets were written before", got)
	}
	e = k.run()
	if e.exit != 0 || e.stdout != "" || !strings.Contains(e.stderr, "tap: notice: 3 created, 0 replaced, 0 skipped, 0 refused, 0 failed: the result is "+vaultURL+"\n") {
		t.Fatalf("exit code %d\n%s\n%s", e.exit, e.stdout, e.stderr)
	}
	if err := k.judge(3); err != nil {
		t.Error(err)
	}
	if again := k.run(); again.exit != 0 || !strings.Contains(again.stderr, "and its result is "+vaultURL) {
		t.Errorf("again: %d %s", again.exit, again.stderr)
	}
}

// What is no address of a vault is told before anybody signs in or reads the roster, whether passes are made or not.
func TestAVaultHasAnAddress(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"ftp://contoso.vault.azure.net", "https://contoso.vault.azure.cn", "contoso"} {
		for _, words := range [][]string{nil, {"--dry-run"}} {
			k := newKeeper(t)
			k.command[2], k.command[4] = "no-such-roster.csv", address
			if e := k.run(words...); e.exit != 2 || !strings.Contains(e.stderr, "that is not the address of a vault of this cloud") || len(k.scopes) > 0 {
				t.Errorf("%s %v: exit code %d, %d tokens\n%s", address, words, e.exit, len(k.scopes), e.stderr)
			}
		}
	}
}

func TestAVaultIsFoundOutBeforeThePasses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*keeper)
		exit  int
		says  string
	}{
		"another host":  {func(k *keeper) { k.command[4] = "https://contoso.example.com" }, 2, "that is not the address of a vault of this cloud"},
		"not there":     {func(k *keeper) { k.command[4] = "https://fabrikam.vault.azure.net" }, 6, "there is no vault of this name"},
		"not permitted": {func(k *keeper) { k.vault.Allow(false, "get") }, 5, "Key Vault Secrets Officer"},
		"a firewall":    {func(k *keeper) { k.vault.Wall("ForbiddenByFirewall") }, 5, "firewall"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKeeper(t)
			before := len(k.held())
			c.spoil(k)
			e := k.run()
			if e.exit != c.exit || !strings.Contains(e.stderr, c.says) || len(k.held()) != before {
				t.Errorf("exit code %d, %d passes\n%s", e.exit, len(k.held()), e.stderr)
			}
		})
	}
}

// A vault that breaks while the passes go into it: the same command goes on when it is mended, and makes none anew.
func TestAVaultBreaks(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	k.vault.Fault(vaultbox.Fault{Method: "PUT", Skip: 2, Status: 403, Code: "Forbidden"})
	e := k.run("--concurrency", "1")
	if e.exit != 5 || !strings.Contains(e.stderr, "3 of 3 rows are done, 1 of 3 are in the vault, and nothing is lost") || !strings.Contains(e.stderr, " run resume ") ||
		!strings.Contains(e.stderr, ": writing into the vault: alex.wilber@contoso.com: ") || !strings.Contains(e.stderr, "tap: hint: az role assignment create ") {
		t.Fatalf("exit code %d\n%s", e.exit, e.stderr)
	}
	made := k.held()
	k.vault.Mend()
	k.command[4] = "https://Contoso.Vault.azure.NET/" // the same one
	if e = k.run("--concurrency", "1"); e.exit != 0 || !strings.Contains(e.stderr, "the result is "+vaultURL+"\n") {
		t.Fatalf("exit code %d\n%s", e.exit, e.stderr)
	}
	if err := k.judge(3); err != nil {
		t.Error(err)
	}
	for i, p := range k.held() {
		if p.ID != made[i].ID {
			t.Errorf("the pass of %s was made anew", p.UserPrincipalName)
		}
	}
}

// One secret that the vault does not take keeps no other out, is named, and is written when the cause is mended.
func TestASecretIsRefused(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, "nobody@contoso.com", "adele.vance@contoso.com", "alex.wilber@contoso.com", "diego.siciliani@contoso.com")
	adele := k.user("adele.vance@contoso.com")
	k.vault.Fault(vaultbox.Fault{Method: "PUT", Secret: adele, Status: 409, Code: "Conflict", Inner: "ObjectIsDeletedButRecoverable"})
	var e ended
	for range 2 { // it is tried once more, and the others are left alone
		e = k.run("--concurrency", "1", "--progress", "jsonl")
		if e.exit != 3 || !strings.Contains(e.stderr, ": writing into the vault: it does not take 1 of 3 passes: 4 of 4 rows are done, 2 of 3 are in the vault, and nothing is lost\n") ||
			!strings.Contains(e.stderr, "tap: warning: writing into the vault: adele.vance@contoso.com: a deleted secret of this name can still be recovered") ||
			!strings.Contains(e.stderr, "tap: hint: az keyvault secret recover --vault-name contoso --name "+adele) || !strings.Contains(e.stderr, " run resume ") {
			t.Fatalf("exit code %d\n%s", e.exit, e.stderr)
		}
		if err := k.judge(2); err != nil {
			t.Error(err)
		}
	}
	k.vault.Mend()
	e.exit, e.stdout, e.stderr = k.tap(secrets, resumeLine(e)...)
	if e.exit != 3 || !strings.Contains(e.stderr, "3 created, 0 replaced, 0 skipped, 0 refused, 1 failed: the result is "+vaultURL) {
		t.Fatalf("exit code %d\n%s", e.exit, e.stderr)
	}
	if err := k.judge(3); err != nil {
		t.Error(err)
	}
	last := k.vault.Written(adele)[0]
	want := fmt.Sprintf(`{"event":"kept","passId":%q,"row":2,"secretId":%q,"userId":%q,"userPrincipalName":"adele.vance@contoso.com"}`, last.Tags["passId"], last.ID, adele)
	if got := strings.Count(e.stderr, `"event":"kept"`); got != 1 || !strings.Contains(e.stderr, want+"\n") {
		t.Errorf("%d events, want %s\n%s", got, want, e.stderr)
	}
}

// A run goes on into a file alone where its vault stays broken, and says that the vault is left out.
func TestARunLeavesItsVault(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	if err := k.files.(*memfs.FS).MkdirAll("/result"); err != nil {
		t.Fatal(err)
	}
	k.vault.Fault(vaultbox.Fault{Method: "PUT", Skip: 1, Status: 403, Code: "Forbidden"})
	if e := k.run(); e.exit != 5 {
		t.Fatalf("exit code %d\n%s", e.exit, e.stderr)
	}
	_, out, _ := k.tap(secrets, "run", "list", "--journal", "/runs", "-o", "value", "--columns", "run")
	code, _, stderr := k.tap(secrets, "run", "resume", strings.TrimSpace(out), "--journal", "/runs", "--out", "/result/passes.csv")
	if code != 0 || !strings.Contains(stderr, "tap: warning: the passes do not go into the vault "+vaultURL+" any more") || !strings.Contains(stderr, ": the result is /result/passes.csv\n") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// user is somebody's object id.
func (k *keeper) user(name string) string {
	k.t.Helper()
	rec := httptest.NewRecorder()
	k.graph.ServeHTTP(rec, httptest.NewRequest("GET", "http://127.0.0.1/sandbox/users", nil))
	var all []struct{ ID, UserPrincipalName string }
	if err := json.Unmarshal(rec.Body.Bytes(), &all); err != nil {
		k.t.Fatal(err)
	}
	for _, u := range all {
		if u.UserPrincipalName == name {
			return u.ID
		}
	}
	k.t.Fatalf("there is no %s", name)
	return ""
}

// A run into a vault crashes at each step, and the same command ends it: one version a user, whatever came between the writing and its note.
func TestRunsIntoAVaultSurviveCrashes(t *testing.T) {
	t.Parallel()
	for k := 1; ; k++ {
		r := newKeeper(t)
		r.late = 100 * time.Millisecond // what is lost here never lands
		fs := memfs.New()
		r.files = fs
		fs.CrashAt(k)
		first := r.run()
		if first.exit == 0 {
			if k < 20 {
				t.Errorf("a run has more than %d steps", k)
			}
			return
		}
		r.files = fs.Survive(k%2 == 0)
		if second := r.run(); second.exit != 0 {
			t.Fatalf("step %d: %d %s\nthen %d %s", k, first.exit, first.stderr, second.exit, second.stderr)
		}
		if err := r.judge(3); err != nil {
			t.Fatalf("step %d: %v", k, err)
		}
	}
}
