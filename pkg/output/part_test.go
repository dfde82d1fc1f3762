package output_test

import (
	"bytes"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/output"
)

// thing is a row of a noun that has a hint of its own.
type thing struct{ name, hint string }

func things(tenant string) output.Schema[thing] {
	return output.Schema[thing]{
		{Name: "tenantId", Value: func(thing) any { return tenant }},
		{Name: "name", Value: func(r thing) any { return r.name }, Head: "NAME", Cell: func(r thing) string { return r.name }},
		{Name: "hint", Value: func(r thing) any { return r.hint }, Head: "HINT", Cell: func(r thing) string { return r.hint }, Drop: 1},
	}
}

// parts are one that answers, one that fails before it says what it would answer, one that fails after some rows, one that has nothing.
func parts(t *testing.T) []*output.Part {
	t.Helper()
	all := []*output.Part{{Name: "b"}, {Name: "a"}, {Name: "c"}, {Name: "d"}}
	for n, rows := range map[int][]thing{0: {{"one", "mend"}, {"", "on"}}, 2: {{"two", ""}, {"three", ""}}, 3: nil} {
		p := output.Gather(all[n], things(all[n].Name+"-id"), output.Options{})
		for _, r := range rows {
			if err := p.Row(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	all[1].Failed = &output.Failure{Slug: "auth", Message: "signing in", Hint: "tap login", RequestID: "r"}
	all[2].Failed = &output.Failure{Slug: "busy", Message: "out of time"}
	return all
}

func TestPartsAreOneAnswer(t *testing.T) {
	t.Parallel()
	for f, want := range map[output.Format]string{
		output.JSONL: `{"profile":"b","tenantId":"b-id","name":"one","hint":"mend","slug":null,"error":null,"requestId":null}
{"profile":"b","tenantId":"b-id","name":"","hint":"on","slug":null,"error":null,"requestId":null}
{"profile":"a","tenantId":null,"name":null,"hint":"tap login","slug":"auth","error":"signing in","requestId":"r"}
{"profile":"c","tenantId":"c-id","name":"two","hint":"","slug":null,"error":null,"requestId":null}
{"profile":"c","tenantId":"c-id","name":"three","hint":"","slug":null,"error":null,"requestId":null}
{"profile":"c","tenantId":null,"name":null,"hint":null,"slug":"busy","error":"out of time","requestId":null}
`,
		output.Table: `PROFILE  NAME                    HINT
b        one                     mend
                                 on
a        not read: auth
c        two
c        three
c        not read in full: busy
`,
	} {
		var out bytes.Buffer
		if err := output.PrintParts(f, &out, parts(t), output.Options{}); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s:\n%s", f, out.String())
		}
	}
}

// TestPartsWithoutRows: where nobody gave a row, it is the columns that were checked which say how the failures are printed.
func TestPartsWithoutRows(t *testing.T) {
	t.Parallel()
	p := &output.Part{Name: "a", Failed: &output.Failure{Slug: "auth", Message: "signing in"}}
	var out bytes.Buffer
	if err := output.PrintParts(output.JSONL, &out, []*output.Part{p}, output.Options{}); err != nil || out.Len() > 0 {
		t.Errorf("%v, %s", err, out.String())
	}
	o := output.Options{Columns: []string{"profile", "name", "error"}}
	if err := output.CheckPart(p, things(""), output.JSONL, o); err != nil {
		t.Fatal(err)
	}
	if err := output.PrintParts(output.JSONL, &out, []*output.Part{p}, o); err != nil || out.String() != `{"profile":"a","name":null,"error":"signing in"}`+"\n" {
		t.Errorf("%v, %s", err, out.String())
	}
	err := output.CheckPart(p, things(""), output.JSONL, output.Options{Columns: []string{"nosuch"}})
	if err == nil || err.Error() != `there is no column "nosuch": choose from profile, tenantId, name, hint, slug, error, requestId` {
		t.Error(err)
	}
}
