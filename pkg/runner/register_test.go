package runner_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

func environment(pairs ...string) func(string) string {
	return func(key string) string {
		for n := 0; n < len(pairs); n += 2 {
			if pairs[n] == key {
				return pairs[n+1]
			}
		}
		return ""
	}
}

func onGitHub() *runner.Runner {
	return runner.Detect(environment("GITHUB_ACTIONS", "true", "TF_BUILD", ""))
}
func onAzure() *runner.Runner { return runner.Detect(environment("TF_BUILD", "True")) }

func TestDetect(t *testing.T) {
	for _, c := range []struct{ github, azure, want string }{
		{"true", "", "GitHub Actions"}, {"TRUE", "", "GitHub Actions"}, {"", "True", "Azure Pipelines"}, {"", "true", "Azure Pipelines"},
		{"", "", ""}, {"false", "False", ""}, {"1", "1", ""}, {"true", "True", "GitHub Actions"},
	} {
		r := runner.Detect(environment("GITHUB_ACTIONS", c.github, "TF_BUILD", c.azure))
		if r.Name() != c.want || (r == nil) != (c.want == "") {
			t.Errorf("GITHUB_ACTIONS=%s TF_BUILD=%s is %q, want %q", c.github, c.azure, r.Name(), c.want)
		}
	}
}

func TestHosted(t *testing.T) {
	for _, c := range []struct {
		pairs []string
		want  bool
	}{
		{[]string{"GITHUB_ACTIONS", "true", "RUNNER_ENVIRONMENT", "github-hosted"}, true},
		{[]string{"GITHUB_ACTIONS", "true", "RUNNER_ENVIRONMENT", "self-hosted"}, false},
		{[]string{"GITHUB_ACTIONS", "true"}, false},
		{[]string{"TF_BUILD", "True", "AGENT_ISSELFHOSTED", "0"}, true},
		{[]string{"TF_BUILD", "True", "AGENT_ISSELFHOSTED", "1"}, false},
		{[]string{"TF_BUILD", "True"}, false},
		{[]string{"RUNNER_ENVIRONMENT", "github-hosted", "AGENT_ISSELFHOSTED", "0"}, false},
	} {
		if got := runner.Detect(environment(c.pairs...)).Hosted(); got != c.want {
			t.Errorf("%v: %v, want %v", c.pairs, got, c.want)
		}
	}
}

func TestRegister(t *testing.T) {
	for _, c := range []struct {
		name, code string
		dresses    []string
		github     string
		azure      string
	}{
		{
			"plain", "+drkzqAD", []string{"+drk zqAD"},
			"\n::add-mask::+drkzqAD\n::add-mask::+drk zqAD\n",
			"##vso[task.setsecret]+drkzqAD\n##vso[task.setsecret]+drk zqAD\n",
		},
		{
			"percent and quote", `a%3B"b`, nil,
			"\n::add-mask::a%253B\"b\n::add-mask::a%253B\\\"b\n::add-mask::a%253B\"\"b\n",
			"##vso[task.setsecret]a%AZP253B\"b\n##vso[task.setsecret]a%AZP253B\\\"b\n##vso[task.setsecret]a%AZP253B\"\"b\n",
		},
		{
			"a code that looks like a command", "::##x]y;z%", nil,
			"\n::add-mask::::##x]y;z%25\n::add-mask:::\\:#\\#x]y;z%25\n::add-mask:::\\u003a#\\u0023x]y;z%25\n",
			"##vso[task.setsecret]::##x]y;z%\n##vso[task.setsecret]:\\:#\\#x]y;z%\n##vso[task.setsecret]:\\u003a#\\u0023x]y;z%\n",
		},
		{
			"lines", "ab\r\ncd", nil,
			"\n::add-mask::ab%0D%0Acd\n::add-mask::ab\n::add-mask::cd\n::add-mask::ab\\r\\ncd\n",
			"##vso[task.setsecret]ab%0D%0Acd\n##vso[task.setsecret]ab\n##vso[task.setsecret]cd\n##vso[task.setsecret]ab\\r\\ncd\n",
		},
		{"empty", "", []string{"x"}, "", ""},
		{"white", " \n ", nil, "\n::add-mask:: \\n \n", "##vso[task.setsecret] \\n \n"},
		{"html is not escaped", "a&<>b", []string{"", "a&<>b"}, "\n::add-mask::a&<>b\n", "##vso[task.setsecret]a&<>b\n"},
	} {
		if got := registered(t, onGitHub(), c.code, c.dresses...); got != c.github {
			t.Errorf("%s, GitHub: %q, want %q", c.name, got, c.github)
		}
		if got := registered(t, onAzure(), c.code, c.dresses...); got != c.azure {
			t.Errorf("%s, Azure: %q, want %q", c.name, got, c.azure)
		}
		if got := registered(t, nil, c.code, c.dresses...); got != "" {
			t.Errorf("%s, nowhere: %q", c.name, got)
		}
	}
}

func registered(t *testing.T, r *runner.Runner, code string, dresses ...string) string {
	t.Helper()
	var out strings.Builder
	if err := r.Register(&out, secret.New(code), dresses...); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// codes are all texts of up to three of the pieces that some rule of a runner, of JSON or of CSV turns into something else.
func codes() []string {
	pieces := []string{
		"%", "&", `"`, "+", ";", "]", "\r", "\n", "a", `\`, ":", "#", "[", "25", "3B", "0A", "0D", "5D", "AZP25", "3A", "2C", "'", " ", "é",
	}
	out := []string{"a", "%AZP25AZP25", "%%%3B%AZP253B%0A", "x%25%0a%3b%5d"}
	last := []string{""}
	for range 3 {
		var next []string
		for _, begin := range last {
			for _, p := range pieces {
				next = append(next, begin+p)
			}
		}
		out, last = append(out, next...), next
	}
	return out
}

// masked reads what Register wrote as the runner does and returns what it hides. What is no command stands in the log.
func masked(t *testing.T, name, out string, percents bool) []string {
	t.Helper()
	var masks []string
	for _, line := range lines(out) {
		if line == "" {
			continue
		}
		c := azureParse(line, percents, byCulture)
		if name == "GitHub Actions" {
			c = githubV2(line, []string{"add-mask"}, byCulture)
		} else if c != nil && c.name != "task.setsecret" {
			c = nil
		}
		if c == nil {
			t.Fatalf("%s prints %q", name, line)
		}
		masks = append(masks, c.data)
		if name != "GitHub Actions" && !percents {
			masks = append(masks, azureData(c.data, true)) // TaskCommandHelper.AddSecret
		}
	}
	return masks
}

func TestRegisterDecodesToTheSecret(t *testing.T) {
	for _, code := range codes() {
		if strings.TrimSpace(code) == "" {
			continue // a mask of blanks is none
		}
		spelled := strings.Join(strings.Split(code, ""), " ")
		inJSON := jsonOf(t, code)
		want := []string{code, inJSON, string(runner.DefuseJSON([]byte(inJSON))), runner.Defuse(code), strings.ReplaceAll(code, `"`, `""`), spelled}
		for _, where := range []struct {
			r        *runner.Runner
			percents bool
		}{{onGitHub(), true}, {onAzure(), true}, {onAzure(), false}} {
			got := masked(t, where.r.Name(), registered(t, where.r, code, spelled), where.percents)
			for _, w := range want {
				if !slices.Contains(got, w) {
					t.Fatalf("%s, percents %v: %q is not masked for %q, but %q", where.r.Name(), where.percents, w, code, got)
				}
			}
			for _, line := range lines(code) {
				if strings.TrimSpace(line) != "" && !slices.Contains(got, line) {
					t.Fatalf("%s: the line %q of %q is not masked", where.r.Name(), line, code)
				}
			}
		}
	}
}

// Nothing but what was asked for is masked, so that a log stays readable.
func TestRegisterMasksNothingElse(t *testing.T) {
	for _, code := range []string{"+drkzqAD", "a%3Bb", "::a##", `q"w\e`, "A&b;C]d"} {
		for _, r := range []*runner.Runner{onGitHub(), onAzure()} {
			for _, m := range masked(t, r.Name(), registered(t, r, code), true) {
				plain := strings.NewReplacer(`\u003a`, ":", `\u0023`, "#", `\`, "", `""`, `"`).Replace(m)
				if plain != strings.ReplaceAll(code, `\`, "") {
					t.Errorf("%s masks %q for %q", r.Name(), m, code)
				}
			}
		}
	}
}

func jsonOf(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		t.Fatal(err)
	}
	out := strings.TrimSpace(b.String())
	return out[1 : len(out)-1]
}

// A log is what is left when the masks have been cut out. No dress of the code is left.
func TestRegisterHidesEveryDress(t *testing.T) {
	for _, code := range []string{"+drkzqAD", `a"b"c%25`, "::ab##cd", `q\w"e;r]`, "p%3Bq&r+s"} {
		doc := string(runner.DefuseJSON([]byte(`{"temporaryAccessPass":"` + jsonOf(t, code) + `"}`)))
		csv := `"` + strings.ReplaceAll(code, `"`, `""`) + `"`
		spelled := code[:4] + " " + code[4:]
		log := strings.Join([]string{code, doc, csv, spelled, "\t" + runner.Defuse(code) + "\t", `"` + jsonOf(t, code) + `"`}, "\n")
		for _, r := range []*runner.Runner{onGitHub(), onAzure()} {
			masks := masked(t, r.Name(), registered(t, r, code, spelled), true)
			slices.SortFunc(masks, func(a, b string) int { return len(b) - len(a) })
			left := log
			for _, m := range masks {
				left = strings.ReplaceAll(left, m, "***")
			}
			if left != "***\n{\"temporaryAccessPass\":\"***\"}\n\"***\"\n***\n\t***\t\n\"***\"" {
				t.Errorf("%s shows of %q:\n%s", r.Name(), code, left)
			}
		}
	}
}

// What stood on the line before does not keep GitHub from seeing the command.
func TestRegisterBeginsALine(t *testing.T) {
	r := onGitHub()
	out := "Creating the pass: " + registered(t, r, "+drkzqAD") + registered(t, r, "Zq7#kLmN")
	if want := "Creating the pass: \n::add-mask::+drkzqAD\n::add-mask::Zq7#kLmN\n"; out != want {
		t.Errorf("%q, want %q", out, want)
	}
	if line := "Creating the pass: " + registered(t, onAzure(), "+drkzqAD"); azureParse(lines(line)[0], true, strings.Index).data != "+drkzqAD" {
		t.Errorf("Azure does not see %q", line)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestRegisterTellsWhatFailed(t *testing.T) {
	r := onGitHub()
	if err := r.Register(broken{}, secret.New("+drkzqAD")); err == nil || err.Error() != "broken pipe" {
		t.Errorf("Register: %v", err)
	}
	if out := registered(t, r, "+drkzqAD"); out != "\n::add-mask::+drkzqAD\n" {
		t.Errorf("after a failure: %q", out)
	}
}

// slow takes a character at a time, and lets others go first.
type slow struct {
	mu  sync.Mutex
	out []byte
}

func (s *slow) Write(b []byte) (int, error) {
	for _, c := range b {
		s.mu.Lock()
		s.out = append(s.out, c)
		s.mu.Unlock()
		runtime.Gosched()
	}
	return len(b), nil
}

func TestRegisterWritesWholeLines(t *testing.T) {
	r := onGitHub()
	var out slow
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() { _ = r.Register(&out, secret.New("+drkzqAD"), "+drk zqAD") })
	}
	wait.Wait()
	if want := "\n" + strings.Repeat("::add-mask::+drkzqAD\n::add-mask::+drk zqAD\n", 50); string(out.out) != want {
		t.Errorf("torn: %q", out.out)
	}
}
