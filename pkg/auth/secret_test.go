package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func prompt(s string) func(context.Context) (secret.Text, error) {
	return func(context.Context) (secret.Text, error) { return secret.New(s), nil }
}

// write makes a file of this mode and returns its name.
func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSecretSource(t *testing.T) {
	t.Parallel()
	both := env("TAP_CLIENT_SECRET", "tap", "AZURE_CLIENT_SECRET", "azure")
	tests := map[string]struct {
		source auth.SecretSource
		want   string
	}{
		"file before all":            {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "file\n", 0o600), Getenv: both, Prompt: prompt("prompt")}, "file"},
		"stdin before variables":     {auth.SecretSource{Of: auth.OfClient(), File: "-", Stdin: strings.NewReader("stdin\r\n"), Getenv: both, Prompt: prompt("prompt")}, "stdin"},
		"tap's before a profile's":   {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "file", 0o600), From: auth.FromProfile, Getenv: both}, "tap"},
		"tap's before the machine's": {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "file", 0o600), From: auth.FromMachine, Getenv: both}, "tap"},
		"a profile's before azure's": {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "file", 0o600), From: auth.FromProfile, Getenv: env("AZURE_CLIENT_SECRET", "azure")}, "file"},
		"a lock before tap's":        {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "file", 0o600), From: auth.FromLock, Getenv: both}, "file"},
		"tap's variable":             {auth.SecretSource{Of: auth.OfClient(), Getenv: both, Prompt: prompt("prompt")}, "tap"},
		"azure's variable":           {auth.SecretSource{Of: auth.OfClient(), Getenv: env("AZURE_CLIENT_SECRET", "azure\n"), Prompt: prompt("prompt")}, "azure"},
		"prompt":                     {auth.SecretSource{Of: auth.OfClient(), Getenv: env(), Prompt: prompt("prompt")}, "prompt"},
		"prompt, no variables":       {auth.SecretSource{Of: auth.OfClient(), Prompt: prompt("prompt")}, "prompt"},
		"read-only file":             {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "file", 0o400)}, "file"},
		"byte order mark":            {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "\ufefffile\r\n", 0o600)}, "file"},
		"blanks are part of it":      {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", " a b \n", 0o600)}, " a b "},
		"as long as it may be":       {auth.SecretSource{Of: auth.OfClient(), File: "-", Stdin: strings.NewReader(strings.Repeat("x", 4096))}, strings.Repeat("x", 4096)},
		"no newline, other signs":    {auth.SecretSource{Of: auth.OfClient(), File: "-", Stdin: strings.NewReader(`a~b."c'=+&é`)}, `a~b."c'=+&é`},
	}
	for name, tt := range tests {
		got, err := tt.source.Read(t.Context())
		if err != nil || got.Reveal() != tt.want {
			t.Errorf("%s: %q, %v; want %q", name, got.Reveal(), err, tt.want)
		}
	}
}

func TestSecretSourceRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := map[string]struct {
		source auth.SecretSource
		slug   errs.Slug
		words  string
	}{
		"nothing":             {auth.SecretSource{Of: auth.OfClient()}, errs.Auth, "there is no client secret"},
		"empty variables":     {auth.SecretSource{Of: auth.OfClient(), Getenv: env("TAP_CLIENT_SECRET", "")}, errs.Auth, "there is no client secret"},
		"variable of lines":   {auth.SecretSource{Of: auth.OfClient(), Getenv: env("TAP_CLIENT_SECRET", mark+"\nx")}, errs.UsageFault, "the variable TAP_CLIENT_SECRET holds no client secret: it is not one line of text"},
		"variable of a break": {auth.SecretSource{Of: auth.OfClient(), Getenv: env("AZURE_CLIENT_SECRET", "\n"), Prompt: prompt("x")}, errs.UsageFault, "the variable AZURE_CLIENT_SECRET holds no client secret: it is empty"},
		"no stdin":            {auth.SecretSource{Of: auth.OfClient(), File: "-"}, errs.UsageFault, "needs a standard input"},
		"empty stdin":         {auth.SecretSource{Of: auth.OfClient(), File: "-", Stdin: strings.NewReader("\n"), Prompt: prompt("x")}, errs.UsageFault, "standard input holds no client secret: it is empty"},
		"endless stdin":       {auth.SecretSource{Of: auth.OfClient(), File: "-", Stdin: endless{}}, errs.LocalFault, "reading the client secret: standard input: it holds more than 4096 bytes"},
		"no file":             {auth.SecretSource{Of: auth.OfClient(), File: filepath.Join(dir, "none"), Prompt: prompt("x")}, errs.LocalFault, "none: no such file or directory"},
		"a folder":            {auth.SecretSource{Of: auth.OfClient(), File: dir}, errs.LocalFault, "is a directory"},
		"empty file":          {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "", 0o600), Prompt: prompt("x")}, errs.LocalFault, "it is empty"},
		"a key file":          {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "-----BEGIN\n"+mark+"\n", 0o600)}, errs.LocalFault, "it is not one line of text"},
		"UTF-16":              {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", "\xff\xfea\x00", 0o600)}, errs.LocalFault, "it is UTF-16"},
		"not UTF-8":           {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", mark+"\xff", 0o600)}, errs.LocalFault, "it is not one line of text"},
		"too long":            {auth.SecretSource{Of: auth.OfClient(), File: write(t, "f", strings.Repeat(mark, 600), 0o600)}, errs.LocalFault, "it holds more than 4096 bytes"},
	}
	for name, tt := range tests {
		got, err := tt.source.Read(t.Context())
		if err == nil {
			t.Errorf("%s: it is %q", name, got.Reveal())
			continue
		}
		if runtime.GOOS == "windows" && (name == "no file" || name == "a folder") {
			continue // the system's words differ
		}
		e := wantError(t, err, tt.slug, tt.words)
		if !strings.HasPrefix(name, "variable") {
			wantHint(t, e, "--client-secret-file FILE")
		}
		if tt.slug == errs.Auth || name == "variable of lines" {
			wantHint(t, e, "read -rs TAP_CLIENT_SECRET && export TAP_CLIENT_SECRET")
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestSecretFileThatOthersCanRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such mode bits")
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o602} {
		path := write(t, "it's a secret", canarySecret, mode)
		_, err := auth.SecretSource{Of: auth.OfClient(), File: path}.Read(t.Context())
		e := wantError(t, err, errs.LocalFault, "reading the client secret: "+path+": others on this machine can read it", fmt.Sprintf("(mode %04o)", mode))
		quoted := `'` + strings.ReplaceAll(path, `'`, `'\''`) + `'`
		wantHint(t, e, "chmod 600 "+quoted)
		wantHint(t, e, "--client-secret-file - < "+quoted)
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := (auth.SecretSource{Of: auth.OfClient(), File: path}).Read(t.Context()); err != nil || got.Reveal() != canarySecret {
			t.Errorf("after the hint: %v", err)
		}
	}
	plain := write(t, "secret", canarySecret, 0o644)
	_, err := auth.SecretSource{Of: auth.OfClient(), File: plain}.Read(t.Context())
	if e := errs.Of(err); e.Hints[0] != "chmod 600 "+plain {
		t.Errorf("the hint is %q", e.Hints[0])
	}
}

func TestSecretSourceStopsWaiting(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (auth.SecretSource{Of: auth.OfClient(), File: "-", Stdin: r}).Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v, want context.Canceled", err)
	}
}
