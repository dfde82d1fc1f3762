package onboarding

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/onboarding"
)

var update = flag.Bool("update", false, "write what is generated into docs/output.md")

const document = "../../../docs/output.md"

// TestOutputDocument pins docs/output.md to the columns and the stages: none can come, go or change without it.
func TestOutputDocument(t *testing.T) {
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var stages []string
	for _, s := range onboarding.Stages() {
		stages = append(stages, "`"+string(s)+"`")
	}
	want := fill(t, string(b), "report", "\n"+view{}.users().Markdown()+"\n")
	want = fill(t, want, "report sums", "\n"+view{}.sums().Markdown()+"\n")
	want = fill(t, want, "local record", "\n"+localView{}.events().Markdown()+"\n")
	want = fill(t, want, "audit log", "\n"+logView{}.events().Markdown()+"\n")
	want = fill(t, want, "stages", "\nThe stages are "+strings.Join(stages, ", ")+", each further than the one before it.\n\n")
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
