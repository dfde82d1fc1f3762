package pass

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
)

var update = flag.Bool("update", false, "write what is generated into docs/output.md")

const document = "../../../docs/output.md"

// TestOutputDocument pins docs/output.md to the columns: a property cannot come, go or change without it.
func TestOutputDocument(t *testing.T) {
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	want := string(b)
	for name, text := range map[string]string{
		"results":  "\n" + view{}.results().Markdown() + "\n",
		"passes":   "\n" + view{}.held().Markdown() + "\n",
		"subject":  "\n" + view{}.subjects().Markdown() + "\n",
		"events":   "\n" + view{}.events(1).Markdown() + "\n",
		"timeline": "\n" + view{}.timeline().Markdown() + "\n",
		"codes":    codes(),
	} {
		want = fill(t, want, name, text)
	}
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want != string(b) && !*update {
		t.Errorf("%s is not what the columns say: run `go test ./pkg/cmd/pass -run Document -update`", document)
	}
	for _, r := range errs.Reasons() {
		if !strings.Contains(want, "`"+string(r)+"`") {
			t.Errorf("%s does not name the reason %s", document, r)
		}
	}
}

func codes() string {
	var b strings.Builder
	b.WriteString("\n| exit code | slug | meaning |\n|--:|---|---|\n")
	for _, c := range errs.Codes() {
		slug := ""
		if c.Slug != "" {
			slug = "`" + string(c.Slug) + "`"
		}
		fmt.Fprintf(&b, "| %d | %s | %s |\n", c.Exit, slug, c.Meaning)
	}
	return b.String() + "\n"
}

// fill puts text between the marks of name.
func fill(t *testing.T, doc, name, text string) string {
	t.Helper()
	const end = "<!-- end -->"
	begin := "<!-- " + name + " -->\n"
	before, rest, ok := strings.Cut(doc, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the document has no place for %s", name)
	}
	return before + begin + text + end + after
}
