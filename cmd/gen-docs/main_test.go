package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheManualIsUpToDate(t *testing.T) {
	if err := run(filepath.Join("..", "..", "docs"), true); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesThePagesThatDiffer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "docs")
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Errorf("what was just written is said to differ: %v", err)
	}
	spoil := map[string]func(path string) error{
		"manual/tap_create.md": func(path string) error { return os.WriteFile(path, []byte("## tap create\n"), 0o600) },
		"man/tap-list.1":       os.Remove,
		"manual/tap_gone.md":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
	}
	for name, f := range spoil {
		if err := f(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	err := run(dir, true)
	if err == nil || !strings.Contains(err.Error(), "not up to date: man/tap-list.1, manual/tap_create.md, manual/tap_gone.md;") {
		t.Errorf("the check says %v", err)
	}
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Errorf("what was mended is said to differ: %v", err)
	}
}

func TestPages(t *testing.T) {
	got, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range got {
		if strings.Contains(string(page), "Auto generated") {
			t.Errorf("%s changes with the day", name)
		}
	}
	for _, c := range []struct{ markdown, roff, says string }{
		{"tap.md", "tap.1", "Temporary Access Pass"}, {"tap_create.md", "tap-create.1", "Temporary Access Pass"}, {"tap_sandbox_serve.md", "tap-sandbox-serve.1", "Graph client"},
		{"tap_completion_bash.md", "tap-completion-bash.1", "autocompletion"}, {"tap_environment.md", "tap-environment.1", "TAP_TENANT"}, {"tap_exit-codes.md", "tap-exit-codes.1", "rejected"},
		{"tap_output.md", "tap-output.1", "jsonl"}, {"tap_permissions.md", "tap-permissions.1", "User.Read.All"}, {"tap_security.md", "tap-security.1", "TAP_CLIENT_SECRET"},
	} {
		for _, path := range []string{filepath.Join(manual, c.markdown), filepath.Join(man, c.roff)} {
			if !strings.Contains(strings.ReplaceAll(string(got[path]), `\`, ""), c.says) {
				t.Errorf("%s does not say %q:\n%s", path, c.says, got[path])
			}
		}
		if !strings.HasPrefix(string(got[filepath.Join(man, c.roff)]), ".nh\n.TH ") {
			t.Errorf("%s is no man page", c.roff)
		}
	}
}
