package errs_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

// declared lists the values of the constants of a type in slug.go: what the tables have to be complete about.
func declared(t *testing.T, typ string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "slug.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.ValueSpec); ok {
			if id, ok := s.Type.(*ast.Ident); ok && id.Name == typ {
				v, _ := strconv.Unquote(s.Values[0].(*ast.BasicLit).Value)
				values = append(values, v)
			}
		}
		return true
	})
	return values
}

// TestCodes pins the table of product.md, "Output, outcomes, exit codes".
func TestCodes(t *testing.T) {
	t.Parallel()
	want := map[errs.Slug]int{
		"": 0, "internal": 1, "usage": 2, "partial": 3, "auth": 4, "denied": 5, "not_found": 6,
		"rejected": 7, "busy": 8, "findings": 9, "local": 10, "interrupted": 130, "terminated": 143,
	}
	last, seen := -1, map[errs.Slug]bool{}
	for _, c := range errs.Codes() {
		if seen[c.Slug] || c.Exit <= last {
			t.Errorf("%d %q: the codes rise and no slug comes twice", c.Exit, c.Slug)
		}
		last, seen[c.Slug] = c.Exit, true
		if exit, ok := want[c.Slug]; !ok || exit != c.Exit {
			t.Errorf("%q has the code %d, want %d", c.Slug, c.Exit, exit)
		}
		if c.Meaning == "" {
			t.Errorf("%q has no meaning", c.Slug)
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d codes, want %d", len(seen), len(want))
	}
	for _, s := range declared(t, "Slug") {
		if !seen[errs.Slug(s)] {
			t.Errorf("%q is not in the table", s)
		}
		if got := errs.Slug(s).Exit(); got != want[errs.Slug(s)] {
			t.Errorf("%q exits with %d, want %d", s, got, want[errs.Slug(s)])
		}
	}
	for _, s := range []errs.Slug{"", "nonsense", "Usage"} {
		if got := s.Exit(); got != 1 {
			t.Errorf("the slug %q is a defect, it exits with %d", s, got)
		}
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	var got []string
	for _, r := range errs.Reasons() {
		got = append(got, string(r))
	}
	if want := declared(t, "Reason"); !slices.Equal(got, want) {
		t.Errorf("Reasons() = %q, declared are %q", got, want)
	}
	for _, r := range []errs.Reason{"holds_pass", "policy_disabled", "policy_lifetime", "not_targeted", "external_guest", "self", "privileged"} {
		if !slices.Contains(errs.Reasons(), r) {
			t.Errorf("product.md names %q", r)
		}
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	cause := errors.New("no route")
	for want, e := range map[string]*errs.Error{
		"creating a pass: adele@contoso.com: the policy forbids it": {What: "creating a pass", Whom: "adele@contoso.com", Why: "the policy forbids it", Err: cause},
		"creating a pass: adele@contoso.com: no route":              {What: "creating a pass", Whom: "adele@contoso.com", Err: cause},
		"creating a pass: no route":                                 {What: "creating a pass", Err: cause},
		"adele@contoso.com: gone":                                   {Whom: "adele@contoso.com", Why: "gone"},
		"no route":                                                  {Err: cause},
		"":                                                          {},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if !errors.Is(e, e.Err) && e.Err != nil {
			t.Errorf("%q lost its cause", want)
		}
	}
}

// TestCopies: an error is shared by rows, so naming the user in one must not change another.
func TestCopies(t *testing.T) {
	t.Parallel()
	e := &errs.Error{Slug: errs.Busy, Why: "throttled", Hints: make([]string, 1, 8)}
	e.Hints[0] = "tap a"
	one, two := e.Hint("tap b"), e.Hint("tap c")
	if !slices.Equal(one.Hints, []string{"tap a", "tap b"}) || !slices.Equal(two.Hints, []string{"tap a", "tap c"}) || len(e.Hints) != 1 {
		t.Errorf("hints alias: %q %q %q", e.Hints, one.Hints, two.Hints)
	}
	named := e.For("listing passes", "adele@contoso.com")
	if got := named.Error(); got != "listing passes: adele@contoso.com: throttled" {
		t.Error(got)
	}
	if got := named.For("creating a pass", "alex@contoso.com").Error(); got != "listing passes: adele@contoso.com: throttled" {
		t.Errorf("what is named stays named: %s", got)
	}
	if got := e.Error(); got != "throttled" {
		t.Errorf("For changed its receiver: %s", got)
	}
	if got := (&errs.Error{What: "reading"}).For("x", "adele@contoso.com").Error(); got != "reading: adele@contoso.com" {
		t.Error(got)
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	busy, usage := &errs.Error{Slug: errs.Busy}, errs.Usage("wrong", "tap --help")
	for _, c := range []struct {
		err  error
		want *errs.Error
		exit int
	}{
		{busy, busy, 8},
		{fmt.Errorf("around: %w", usage), usage, 2},
		{errors.Join(nil, busy, usage), busy, 8},
		{errors.Join(errors.New("plain"), usage), usage, 2},
		{&errs.Error{Slug: errs.Denied, Err: busy}, nil, 5},
	} {
		if got := errs.Of(c.err); c.want != nil && got != c.want {
			t.Errorf("Of(%v) = %v", c.err, got)
		}
		if got := errs.ExitCode(c.err); got != c.exit {
			t.Errorf("ExitCode(%v) = %d, want %d", c.err, got, c.exit)
		}
	}
	if errs.Of(nil) != nil || errs.ExitCode(nil) != 0 {
		t.Error("nil is no error")
	}
	e := errs.Of(fs.ErrExist)
	if e.Slug != errs.Internal || e.Error() != fs.ErrExist.Error() || !errors.Is(e, fs.ErrExist) || errs.ExitCode(fs.ErrExist) != 1 {
		t.Errorf("what nobody classified is internal and keeps its words: %+v", e)
	}
}

func TestShorthands(t *testing.T) {
	t.Parallel()
	if e := errs.Usage("wrong", "tap --help"); e.Slug != errs.UsageFault || e.Error() != "wrong" || !slices.Equal(e.Hints, []string{"tap --help"}) {
		t.Errorf("%+v", e)
	}
	e := errs.Local("writing the answer", "stdout", fs.ErrClosed, "tap list")
	if e.Slug != errs.LocalFault || e.Error() != "writing the answer: stdout: file already closed" || !errors.Is(e, fs.ErrClosed) || !slices.Equal(e.Hints, []string{"tap list"}) {
		t.Errorf("%+v", e)
	}
}

func TestLocalNamesThePathOnce(t *testing.T) {
	_, err := os.Open("absent.csv")
	if got := errs.Local("reading the roster", "absent.csv", err); strings.Count(got.Error(), "absent.csv") != 1 || !errors.Is(got, fs.ErrNotExist) {
		t.Errorf("%v", got)
	}
	if got := errs.Local("reading the run", "a", err); !strings.Contains(got.Error(), "absent.csv") {
		t.Errorf("another path is part of the cause: %v", got)
	}
}

func TestCount(t *testing.T) {
	for want, got := range map[string]string{
		"0 users": errs.Count(0, "user"), "1 user": errs.Count(1, "user"), "1 pass": errs.Count(1, "pass"), "4000 passes": errs.Count(4000, "pass"),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
