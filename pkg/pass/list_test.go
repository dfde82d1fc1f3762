package pass_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

func TestList(t *testing.T) {
	t.Parallel()
	absent := refusal(errs.NotFound, "Resource 'x' does not exist.")
	denied := refusal(errs.Denied, "Insufficient privileges to complete the operation.")
	adele := contoso().person
	typedOnly := person.Person{UserPrincipalName: string(upn)}
	const to = "listing passes: adele.vance@contoso.com: "
	for _, c := range []struct {
		name   string
		app    bool
		set    func(*world)
		of     person.Person
		slug   errs.Slug
		text   string
		notice string
	}{
		{name: "holds one", of: adele},
		{name: "directory denied", set: func(w *world) { w.personErr = denied }, of: typedOnly, notice: dirHidden},
		{name: "unknown user", set: func(w *world) {
			w.personErr = refusal(errs.NotFound, "the tenant has no such user")
			w.listErr = absent
		}, of: typedOnly, slug: errs.NotFound, text: to + "the tenant has no such user"},
		{name: "unknown to the pass path, the directory denied", set: func(w *world) { w.personErr, w.listErr = denied, absent }, of: typedOnly, slug: errs.NotFound, text: to + "Resource 'x' does not exist.", notice: dirHidden},
		{name: "not yet replicated", set: func(w *world) { w.listErr = absent }, of: adele, slug: errs.Busy, text: to + "the directory knows this user, the pass service does not yet: new users take some seconds to some minutes (Resource 'x' does not exist.)"},
		{name: "passes denied", set: func(w *world) { w.listErr = refusal(errs.Denied, "Request Authorization failed") }, of: adele, slug: errs.Denied, text: to + "Request Authorization failed: it takes the permission UserAuthMethod-TAP.Read.All or the broader UserAuthenticationMethod.ReadWrite.All and, in a directory role that is active now, Global Reader, Authentication Administrator or Privileged Authentication Administrator"},
		{name: "passes denied to an application", app: true, set: func(w *world) { w.listErr = refusal(errs.Denied, "Request Authorization failed") }, of: adele, slug: errs.Denied, text: to + "Request Authorization failed: it takes the application permission UserAuthMethod-TAP.Read.All or the broader UserAuthenticationMethod.ReadWrite.All, with an administrator's consent"},
		{name: "directory busy", set: func(w *world) { w.personErr = refusal(errs.Busy, "too many requests") }, of: typedOnly, slug: errs.Busy, text: to + "too many requests"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, begun := contoso(), time.Now()
				w.passes = []pass.Pass{held[pass.Usable]}
				if c.set != nil {
					c.set(w)
				}
				h, err := w.desk(c.app).List(t.Context(), upn)
				if time.Since(begun) != trip || w.order() != bothReads {
					t.Errorf("%s in %s, want %s side by side", w.order(), time.Since(begun), bothReads)
				}
				if h.Ref != upn || h.Person != c.of {
					t.Errorf("of %s: %+v, want %+v", h.Ref, h.Person, c.of)
				}
				if !slices.Equal(w.notices, notNone(c.notice)) {
					t.Errorf("notices %q, want %q", w.notices, c.notice)
				}
				switch e := errs.Of(err); {
				case c.text == "" && err == nil:
					if !slices.Equal(h.Passes, w.passes) || !h.At.Equal(now) {
						t.Errorf("%+v at %s", h.Passes, h.At)
					}
				case err == nil || e.Error() != c.text || e.Slug != c.slug || e.RequestID != "r-9":
					t.Errorf("%v, want %s: %s", err, c.slug, c.text)
				}
			})
		})
	}
}
