package onboarding

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is generated into docs/output.md")

const document = "../../../docs/output.md"

// TestOutputDocument pins docs/output.md to the columns: none can come, go or change without it.
func TestOutputDocument(t *testing.T) {
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	want := fill(t, string(b), "local record", "\n"+localView{}.events().Markdown()+"\n")
	want = fill(t, want, "audit log", "\n"+view{}.events().Markdown()+"\n")
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want != string(b) && !*update {
		t.Errorf("%s is not what the columns say: run `go test ./pkg/cmd/onboarding -run Document -update`", document)
	}
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
