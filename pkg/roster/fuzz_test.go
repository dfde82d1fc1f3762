package roster_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/roster"
)

const seeds = "../../testdata/roster"

// Whatever comes, there is a roster or a list of faults, soon, and what is in a roster holds what its comments say.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(seeds, "*"))
	if err != nil || len(files) < 10 {
		f.Fatalf("%d seeds: %v", len(files), err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, strings.HasSuffix(name, ".xlsx"))
	}
	f.Fuzz(func(t *testing.T, content []byte, workbook bool) {
		name := "a.csv"
		if workbook {
			name = "a.xlsx"
		}
		begun := time.Now()
		r, err := roster.Read(name, bytes.NewReader(content))
		if took := time.Since(begun); took > 20*time.Second {
			t.Fatalf("%d bytes took %v", len(content), took)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), name+": ") || r != nil {
				t.Fatalf("%v beside %v", err, r)
			}
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if len(line) > 2000 || strings.ContainsAny(line, "\x00\x1b\r\u202e") {
					t.Fatalf("a line of an error is not safe to show: %q", line)
				}
			}
			return
		}
		for i, row := range r.Rows {
			if row.Line < 2 || i > 0 && row.Line <= r.Rows[i-1].Line || row.Who.Value == "" || len(row.Carried) != len(r.Columns) || !row.End.IsZero() && !row.Lifetime.IsZero() {
				t.Fatalf("row %d of %q: %+v", i, content, row)
			}
		}
	})
}
