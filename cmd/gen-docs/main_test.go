package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheManualIsUpToDate(t *testing.T) {
	if err := run(filepath.Join("..", "..", "docs", "manual"), true); err != nil {
		t.Error(err)
	}
}

func TestCheckNamesThePagesThatDiffer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "manual")
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Errorf("what was just written is said to differ: %v", err)
	}
	spoil := map[string]func(path string) error{
		"tap_create.md": func(path string) error { return os.WriteFile(path, []byte("## tap create\n"), 0o600) },
		"tap_list.md":   os.Remove,
		"tap_gone.md":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
	}
	for name, f := range spoil {
		if err := f(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	err := run(dir, true)
	if err == nil || !strings.Contains(err.Error(), "not up to date: tap_create.md, tap_gone.md, tap_list.md;") {
		t.Errorf("the check says %v", err)
	}
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Errorf("what was mended is said to differ: %v", err)
	}
}

func TestPagesCarryNoDate(t *testing.T) {
	got, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for name, page := range got {
		if strings.Contains(string(page), "Auto generated") {
			t.Errorf("%s changes with the day", name)
		}
	}
	for _, name := range []string{"tap.md", "tap_create.md", "tap_sandbox_serve.md", "tap_completion_bash.md"} {
		if len(got[name]) == 0 {
			t.Errorf("there is no page %s", name)
		}
	}
}
