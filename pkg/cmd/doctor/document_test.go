package doctor

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/doctor"
)

var update = flag.Bool("update", false, "write what is generated into docs/output.md")

const document = "../../../docs/output.md"

// TestOutputDocument pins docs/output.md to the columns and to the checks: none can come, go or change without it.
func TestOutputDocument(t *testing.T) {
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	ids := "`" + strings.Join(doctor.Checks(), "`, `") + "`"
	want := fill(t, string(b), "checks", "\n"+view{}.findings().Markdown()+"\n")
	want = fill(t, want, "check ids", "\nThe checks are "+ids+"; those of `user` come with a user.\n\n")
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if want != string(b) && !*update {
		t.Errorf("%s is not what the columns say: run `go test ./pkg/cmd/doctor -run Document -update`", document)
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
