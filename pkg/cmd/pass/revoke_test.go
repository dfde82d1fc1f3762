package pass

import (
	"context"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// thief is somebody who registers one more method each time that the methods were read, up to some.
type thief struct {
	tenant
	began time.Time
	reads int
	most  int
	gone  map[string]bool
	ends  int
}

func (th *thief) Methods(context.Context, string) ([]person.Method, time.Time, error) {
	th.reads++
	var all []person.Method
	for n := range min(th.reads, th.most) {
		if id := string(rune('a' + n)); !th.gone[id] {
			all = append(all, person.Method{ID: id, Type: "fido2", Name: "Key " + id, Created: th.began})
		}
	}
	return all, th.began, nil
}

func (th *thief) RevokeSessions(context.Context, string) error { th.ends++; return nil }

func (th *thief) DeleteMethod(_ context.Context, _ string, m person.Method) error {
	th.gone[m.ID] = true
	return nil
}

// TestRevokeLooksAgain: what is registered while the operator reads, and while methods are removed, is found.
func TestRevokeLooksAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, line, typed string
		most              int
		left              string // ids of the methods that are still there
		text              string
		ends              int
	}{
		{"one that was there", "--remove-method all --yes", "", 1, "", "", 2},
		{"one that came while the question stood", "--remove-method all --yes", "", 2, "", "", 2},
		{"one that came while another was removed", "--remove-method all --yes", "", 3, "c", "revoking: adele@contoso.com: methods stay that may have been registered since the pass was created", 2},
		{"each is asked about", "", "y\ny\nn\n", 2, "b", "revoking: adele@contoso.com: methods stay that may have been registered since the pass was created", 2},
		{"the end of the answers is no yes", "", "y\n", 1, "a", "revoking: adele@contoso.com: methods stay that may have been registered since the pass was created", 1},
	} {
		people, adele, _, _ := contoso()
		adele.held = usable()
		th := &thief{tenant: people, began: adele.held.Created.Add(time.Minute), most: c.most, gone: map[string]bool{}}
		desk := pass.Desk{
			Passes: th, People: th, Policy: th, Methods: th, Access: th,
			Now: func() time.Time { return th.began }, Notice: func(string) {},
		}
		f, globals, _, _ := factory(session{tty: c.typed != "", typed: c.typed}, desk)
		f.Streams.In = iotest.OneByteReader(f.Streams.In) // as a terminal, which gives a line at a time
		cmd := NewCmdRevoke(f, nil)
		globals(cmd)
		cmd.SetArgs(append([]string{a}, split(c.line)...))
		err := cmd.ExecuteContext(t.Context())
		text := ""
		if err != nil {
			text = errs.Of(err).Error()
		}
		left, _, _ := th.Methods(t.Context(), a)
		var ids []string
		for _, m := range left {
			ids = append(ids, m.ID)
		}
		if text != c.text || strings.Join(ids, " ") != c.left || th.ends != c.ends {
			t.Errorf("%s: %q, left %q after ending sessions %d times; want %q, %q, %d", c.name, text, ids, th.ends, c.text, c.left, c.ends)
		}
	}
}
