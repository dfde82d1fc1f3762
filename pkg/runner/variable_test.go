package runner_test

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// withEnvFile is a job on GitHub whose file for variables holds content.
func withEnvFile(t *testing.T, content string) (r *runner.Runner, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "set_env")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return runner.Detect(environment("GITHUB_ACTIONS", "true", "GITHUB_ENV", path)), path
}

func TestCheck(t *testing.T) {
	r, _ := withEnvFile(t, "")
	const shape = "a variable is named by letters, digits and _, no digit first: "
	for name, want := range map[string]struct{ github, azure string }{
		"TAP": {}, "_x9": {}, "tap_code": {}, "CIRCLE": {}, "GITHUBX": {}, "AGENT": {}, "PASS": {},
		"":             {"a variable needs a name", "a variable needs a name"},
		"9a":           {shape + `"9a"`, shape + `"9a"`},
		"a-b":          {shape + `"a-b"`, shape + `"a-b"`},
		"a.b":          {shape + `"a.b"`, shape + `"a.b"`},
		"a\nPATH=x":    {shape + `"a\nPATH=x"`, shape + `"a\nPATH=x"`},
		"a;b]":         {shape + `"a;b]"`, shape + `"a;b]"`},
		"é":            {shape + `"é"`, shape + `"é"`},
		"a=b":          {shape + `"a=b"`, shape + `"a=b"`},
		"CI":           {"GitHub Actions keeps the variable CI to itself", ""},
		"ci":           {"GitHub Actions keeps the variable ci to itself", ""},
		"Node_Options": {"GitHub Actions keeps the variable Node_Options to itself", ""},
		"GITHUB_TOKEN": {"GitHub Actions keeps variables that begin with GITHUB_ to itself: GITHUB_TOKEN", ""},
		"runner_os":    {"GitHub Actions keeps variables that begin with RUNNER_ to itself: runner_os", ""},
		"Secret1":      {"", "Azure Pipelines keeps variables that begin with SECRET to itself: Secret1"},
		"SECUREFILEX":  {"", "Azure Pipelines keeps variables that begin with SECUREFILE to itself: SECUREFILEX"},
		"INPUTS":       {"", "Azure Pipelines keeps variables that begin with INPUT to itself: INPUTS"},
		"endpoint_x":   {"", "Azure Pipelines keeps variables that begin with ENDPOINT to itself: endpoint_x"},
		"PATH":         {"", "Azure Pipelines keeps variables that begin with PATH to itself: PATH"},
		"AGENT_ID":     {"", "Azure Pipelines keeps variables that begin with AGENT_ to itself: AGENT_ID"},
		"build_x":      {"", "Azure Pipelines keeps variables that begin with BUILD_ to itself: build_x"},
		"SYSTEM_DEBUG": {"", "Azure Pipelines keeps variables that begin with SYSTEM_ to itself: SYSTEM_DEBUG"},
		"TF_BUILD":     {"", "Azure Pipelines keeps variables that begin with TF_ to itself: TF_BUILD"},
	} {
		for who, w := range map[*runner.Runner]string{r: want.github, onAzure(): want.azure} {
			if err := who.Check(name); text(err) != w {
				t.Errorf("%s: Check(%q) = %v, want %q", who.Name(), name, err, w)
			}
			if w == "" {
				continue
			}
			var out strings.Builder
			if err := who.SetSecret(&out, name, secret.New("+drkzqAD")); text(err) != w || out.Len() > 0 {
				t.Errorf("%s: SetSecret(%q) = %v, and wrote %q", who.Name(), name, err, out.String())
			}
		}
	}
	var none *runner.Runner
	if err := none.Check("TAP"); text(err) != "not in GitHub Actions or Azure Pipelines" {
		t.Errorf("nil: %v", err)
	}
	if err := none.SetSecret(io.Discard, "TAP", secret.New("x")); text(err) != "not in GitHub Actions or Azure Pipelines" {
		t.Errorf("nil: %v", err)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSetSecretOnGitHub(t *testing.T) {
	for _, before := range []string{"", "A=1\n", "A=1"} { // the last left its line open
		r, path := withEnvFile(t, before)
		var out strings.Builder
		for name, code := range map[string]string{"TAP": "a%b\"&;]+", "TAP2": "<<ghadelimiter_=\r\nx\n"} {
			if err := r.SetSecret(&out, name, secret.New(code)); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := envFile(string(raw), runtime.GOOS == "windows")
		want := map[string]string{"TAP": "a%b\"&;]+", "TAP2": "<<ghadelimiter_=\r\nx\n"}
		if before != "" {
			want["A"] = "1"
		}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("after %q the file says %q (%v), want %q", before, got, err, want)
		}
		if masks := masked(t, r.Name(), out.String(), true); len(masks) < 2 || !strings.Contains(out.String(), "::add-mask::a%25b\"&;]+\n") {
			t.Errorf("not registered: %q", out.String())
		}
	}
}

// Every value comes back exactly, whatever the runner's system takes for the end of a line.
func TestEntryComesBack(t *testing.T) {
	for _, system := range []struct {
		windows bool
		eol     string
	}{{false, "\n"}, {true, "\r\n"}} {
		for _, code := range append(codes(), "a\r", "a\n", "a\r\n", "\r\na", "\n\n", "=", "<<", "A=b", "A<<EOF\nb\nEOF") {
			file := "FIRST=1" + runner.Entry("TAP", code, system.eol, random("R")) + runner.Entry("TAP2", code, system.eol, random("R"))
			got, err := envFile(file, system.windows)
			if err != nil || len(got) != 3 || got["FIRST"] != "1" || got["TAP"] != code || got["TAP2"] != code {
				t.Fatalf("windows %v: %q comes back as %q (%v) from %q", system.windows, code, got, err, file)
			}
		}
	}
}

func TestEntryDelimiter(t *testing.T) {
	code := "a\nghadelimiter_1\nPATH=/tmp\nghadelimiter_2"
	file := runner.Entry("TAP", code, "\n", random("1", "2", "3"))
	if got, err := envFile(file, false); err != nil || len(got) != 1 || got["TAP"] != code || !strings.HasSuffix(file, "\nghadelimiter_3\n") {
		t.Errorf("%q says %q (%v)", file, got, err)
	}
	r, path := withEnvFile(t, "")
	for range 2 {
		if err := r.SetSecret(io.Discard, "TAP", secret.New("+drkzqAD")); err != nil {
			t.Fatal(err)
		}
	}
	raw, _ := os.ReadFile(path)
	if words := strings.Fields(string(raw)); len(words) != 6 || words[2] == words[5] || len(words[2]) < len("ghadelimiter_")+26 {
		t.Errorf("the delimiter is not drawn: %q", raw)
	}
}

// random returns these, one after the other, and then the last for ever.
func random(texts ...string) func() string {
	return func() string {
		text := texts[0]
		if len(texts) > 1 {
			texts = texts[1:]
		}
		return text
	}
}

func TestSetSecretOnAzure(t *testing.T) {
	for _, code := range codes() {
		if strings.ContainsAny(code, "\r\n") || strings.TrimSpace(code) == "" {
			continue
		}
		var out strings.Builder
		if err := onAzure().SetSecret(&out, "TAP", secret.New(code)); err != nil {
			t.Fatal(err)
		}
		all := lines(strings.TrimSuffix(out.String(), "\n"))
		last := all[len(all)-1]
		masked(t, "Azure Pipelines", strings.Join(all[:len(all)-1], "\n"), true)
		c := azureParse(last, true, byCulture)
		if c == nil || c.name != "task.setvariable" || c.props["variable"] != "TAP" || c.props["issecret"] != "true" || c.data != code {
			t.Fatalf("%q: the agent reads %+v from %q", code, c, last)
		}
		if !strings.Contains(last, "%AZP25") && azureParse(last, false, byCulture).data != code { // an agent that leaves %AZP25
			t.Fatalf("%q: an old agent reads %q from %q", code, azureParse(last, false, byCulture).data, last)
		}
	}
}

func TestSetSecretRefuses(t *testing.T) {
	github, path := withEnvFile(t, "")
	gone := runner.Detect(environment("GITHUB_ACTIONS", "true", "GITHUB_ENV", path+"x"))
	for _, c := range []struct {
		r          *runner.Runner
		code, want string
		file       bool
	}{
		{github, "", "setting the variable TAP: there is no secret", false},
		{onAzure(), "", "setting the variable TAP: there is no secret", false},
		{github, "a\x00b", "setting the variable TAP: the secret has characters that no variable can hold", false},
		{github, "a\xffb", "setting the variable TAP: the secret has characters that no variable can hold", false},
		{onAzure(), "a\nb", "setting the variable TAP: the secret has several lines, which Azure Pipelines refuses", false},
		{onAzure(), "a\rb", "setting the variable TAP: the secret has several lines, which Azure Pipelines refuses", false},
		{onGitHub(), "+drkzqAD", "GITHUB_ENV is not set, the file for variables of later steps", false},
		{gone, "+drkzqAD", "GITHUB_ENV: open " + path + "x: no such file or directory", true},
	} {
		var out strings.Builder
		err := c.r.SetSecret(&out, "TAP", secret.New(c.code))
		var pathError *fs.PathError
		if runtime.GOOS != "windows" && text(err) != c.want || err == nil || errors.As(err, &pathError) != c.file || out.Len() > 0 {
			t.Errorf("SetSecret(%q) = %v, want %q; wrote %q", c.code, err, c.want, out.String())
		}
	}
	if err := github.SetSecret(broken{}, "TAP", secret.New("+drkzqAD")); text(err) != "setting the variable TAP: broken pipe" {
		t.Errorf("broken: %v", err)
	}
	if raw, err := os.ReadFile(path); err != nil || len(raw) > 0 {
		t.Errorf("a secret that was not registered was written: %q (%v)", raw, err)
	}
	if _, err := os.Stat(path + "x"); err == nil {
		t.Error("the file was created, and no runner reads it")
	}
}
