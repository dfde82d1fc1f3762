package auth

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is generated into docs/output.md")

const document = "../../../docs/output.md"

// TestOutputDocument pins docs/output.md to the columns: a property cannot come, go or change without it.
func TestOutputDocument(t *testing.T) {
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- session -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(b), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the document has no place for a session")
	}
	want := before + begin + "\n" + sessions().Markdown() + "\n" + end + after
	if *update {
		err = os.WriteFile(document, []byte(want), 0o600)
	} else if want != string(b) {
		t.Errorf("%s is not what the columns say: run `go test ./pkg/cmd/auth -run Document -update`", document)
	}
	if err != nil {
		t.Fatal(err)
	}
}
