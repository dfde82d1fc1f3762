package graph

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"time"
	"unicode"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

func (c *Client) passes(user string) *users.ItemAuthenticationTemporaryAccessPassMethodsRequestBuilder {
	return c.user(user).Authentication().TemporaryAccessPassMethods()
}

// List reads the passes of a user, without query options: the service supports none there. A pass that can be
// read in part is one all the same: its state is not known then, and it counts as held.
func (c *Client) List(ctx context.Context, user string) (pass.Listing, error) {
	info, err := c.passes(user).ToGetRequestInformation(ctx, nil)
	if err != nil {
		return pass.Listing{}, err
	}
	var a answer
	if err := c.send(listen(ctx, &a), info); err != nil {
		return pass.Listing{}, err
	}
	return readListing(&a)
}

func readListing(a *answer) (pass.Listing, error) {
	var page struct{ Value []properties }
	if json.Unmarshal(a.body, &page) != nil || page.Value == nil {
		return pass.Listing{}, unreadable("a list of passes")
	}
	l := pass.Listing{At: a.at()}
	for _, v := range page.Value {
		p, odd := v.pass()
		l.Passes, l.Unread = append(l.Passes, p), append(l.Unread, odd...)
	}
	return l, nil
}

// createOnce posts.
func (c *Client) createOnce(ctx context.Context, user string, r pass.Request) (pass.Created, error) {
	info, err := c.passes(user).ToPostRequestInformation(ctx, toModel(r), nil)
	if err != nil {
		return pass.Created{}, err
	}
	var a answer
	if err := c.send(listen(ctx, &a), info); err != nil {
		return pass.Created{}, err
	}
	return readCreated(&a)
}

// readCreated reads the answer to a create. It tells the passcode once, and the SDK
// throws all of it away where one property is odd: it is read here, property by property. One without a passcode is as good as lost.
func readCreated(a *answer) (pass.Created, error) {
	made := pass.Created{At: a.at(), RequestID: a.requestID()}
	var v properties
	cut := json.Unmarshal(a.body, &v) != nil
	if cut {
		v = properties{}
		if m := passcodeIn.FindSubmatch(a.body); m != nil {
			v["temporaryAccessPass"] = m[1]
		}
	}
	code := v.passcode()
	if code == "" {
		return made, lost(&errs.Error{Slug: errs.Busy, RequestID: made.RequestID, Why: "the service said that it made a pass, and its answer holds no passcode that can be read"}, a.sent, nil)
	}
	made.Passcode = secret.New(code)
	var odd []string
	made.Pass, odd = v.pass()
	if cut {
		odd = []string{"all else"}
	}
	if len(odd) > 0 {
		made.Warning = "the service's answer could not be read whole; the passcode could, not so: " + strings.Join(odd, ", ")
	}
	return made, nil
}

// Delete removes one pass.
func (c *Client) Delete(ctx context.Context, user, id string) error {
	return fail(c.passes(user).ByTemporaryAccessPassAuthenticationMethodId(id).Delete(ctx, nil))
}

// send sends a request of the SDK for the answer that the context listens for.
func (c *Client) send(ctx context.Context, info *abstractions.RequestInformation) error {
	_, err := c.adapter.SendPrimitive(ctx, info, "[]byte", nil)
	return fail(err)
}

// toModel sets what was asked and nothing else, @odata.type neither: `{}` leaves all to the policy.
func toModel(r pass.Request) models.TemporaryAccessPassAuthenticationMethodable {
	m := models.NewTemporaryAccessPassAuthenticationMethod()
	m.SetOdataType(nil)
	if r.Start != nil {
		t := r.Start.UTC().Truncate(time.Second)
		m.SetStartDateTime(&t)
	}
	if r.Lifetime != nil {
		n := int32(r.Lifetime.Minutes())
		m.SetLifetimeInMinutes(&n)
	}
	m.SetIsUsableOnce(r.OneTime)
	return m
}

// properties is an object of the service, each property still as it was written.
type properties map[string]json.RawMessage

// passcodeIn finds the passcode's text in an answer that was cut behind it.
var passcodeIn = regexp.MustCompile(`"temporaryAccessPass"\s*:\s*("(?:[^"\\]|\\.)*")`)

// pass reads what can be read, and names what cannot.
func (v properties) pass() (p pass.Pass, odd []string) {
	read := func(name string, into any) {
		if raw, ok := v[name]; ok && json.Unmarshal(raw, into) != nil {
			odd = append(odd, name)
		}
	}
	var minutes int
	read("id", &p.ID)
	read("createdDateTime", &p.Created)
	read("startDateTime", &p.Start)
	read("lifetimeInMinutes", &minutes)
	read("isUsableOnce", &p.OneTime)
	read("lastUsedDateTime", &p.LastUsed)
	read("methodUsabilityReason", &p.Usability)
	if minutes < 0 || minutes > int(pass.LongestLifetime.Minutes()) {
		minutes, odd = 0, append(odd, "lifetimeInMinutes")
	}
	p.Lifetime = time.Duration(minutes) * time.Minute
	p.Created, p.Start = p.Created.UTC(), p.Start.UTC()
	return p, odd
}

// passcode is the passcode, "" where there is none, or one that would act on a terminal instead of being read.
func (v properties) passcode() string {
	var code string
	raw := v["temporaryAccessPass"]
	if json.Unmarshal(raw, &code) != nil {
		var n json.Number
		if json.Unmarshal(raw, &n) != nil {
			return ""
		}
		code = n.String()
	}
	if strings.ContainsFunc(code, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		return ""
	}
	return code
}

func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}
