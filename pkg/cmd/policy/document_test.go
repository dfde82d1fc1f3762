package policy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/policy"
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
		"policy":      "\n" + view{}.policies().Markdown() + "\n",
		"differences": "\n" + view{}.differences().Markdown() + "\n",
		"findings":    "\n" + view{}.findings().Markdown() + "\n",
		"faults":      "\n`reason` is one of " + faults() + ".\n\n",
	} {
		want = fill(t, want, name, text)
	}
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want != string(b) && !*update {
		t.Errorf("%s is not what the columns say: run `go test ./pkg/cmd/policy -run Document -update`", document)
	}
}

func faults() string {
	var names []string
	for _, f := range policy.Faults() {
		names = append(names, fmt.Sprintf("`%s`", f))
	}
	return strings.Join(names, ", ")
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
