package roster_test

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/roster"
)

// 100,000 rows with five carried columns stay well under 100 MB, at the peak and afterwards.
func TestMemory(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("userPrincipalName,displayName,department,office,manager,phone,start,timeZone,lifetime,oneTime\n")
	for i := range roster.MostRows {
		fmt.Fprintf(&b, "new.hire%06d@contoso.com,New Hire %d,Department %d,Office %d,boss%d@contoso.com,+358 40 %07d,2026-12-01 08:00,Europe/Helsinki,8h,yes\n", i, i, i%50, i%200, i%900, i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	peak := &peakReader{r: bytes.NewReader(b.Bytes())}
	r, err := roster.Read("-", peak)
	peak.look()
	if err != nil || len(r.Rows) != roster.MostRows {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	const mb = 1 << 20
	kept, most := int64(after.HeapAlloc-before.HeapAlloc)/mb, (int64(peak.most)-int64(before.HeapAlloc))/mb
	t.Logf("%d MB of CSV: %d MB kept, %d MB of heap at the peak", b.Len()/mb, kept, most)
	if kept > 60 || most > 70 {
		t.Errorf("%d MB kept, %d MB at the peak", kept, most)
	}
	runtime.KeepAlive(r)
}

// peakReader looks at the heap now and then.
type peakReader struct {
	r    *bytes.Reader
	n    int
	most uint64
}

func (p *peakReader) Read(b []byte) (int, error) {
	if p.n++; p.n%4 == 0 {
		p.look()
	}
	return p.r.Read(b)
}

func (p *peakReader) look() {
	runtime.GC() // a busy machine collects late
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
}
