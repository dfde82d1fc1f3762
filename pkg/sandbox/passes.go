package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// pass is a Temporary Access Pass. A user holds one at most.
type pass struct {
	ID       string     `json:"id"`
	Passcode string     `json:"temporaryAccessPass"`
	Created  time.Time  `json:"createdDateTime"`
	Start    time.Time  `json:"startDateTime"`
	Lifetime int        `json:"lifetimeInMinutes"`
	Once     bool       `json:"isUsableOnce"`
	LastUsed *time.Time `json:"lastUsedDateTime,omitempty"`
}

func (p pass) end() time.Time { return p.Start.Add(time.Duration(p.Lifetime) * time.Minute) }

// The values of methodUsabilityReason (graph.md section 1).
const (
	enabledByPolicy  = "EnabledByPolicy"
	disabledByPolicy = "DisabledByPolicy"
	expired          = "Expired"
	notYetValid      = "NotYetValid"
	oneTimeUsed      = "OneTimeUsed"
)

// usability says whether and why a user's pass can be used now. Which reason wins where several hold is unknown; this
// order is our invention: what cannot change any more comes first.
func (x *tx) usability(userID string, p pass) string {
	switch {
	case p.Once && p.LastUsed != nil:
		return oneTimeUsed
	case !x.now.Before(p.end()):
		return expired
	case x.Policy.State != stateEnabled, x.Policy.IsUsableOnce && !p.Once, !x.targeted(userID):
		return disabledByPolicy
	case x.now.Before(p.Start):
		return notYetValid
	}
	return enabledByPolicy
}

const passType = "microsoft.graph.temporaryAccessPassAuthenticationMethod"

// passObject is a pass as Graph sends it.
type passObject struct {
	Context               string  `json:"@odata.context,omitempty"`
	Type                  string  `json:"@odata.type,omitempty"`
	ID                    string  `json:"id"`
	TemporaryAccessPass   *string `json:"temporaryAccessPass"`
	CreatedDateTime       string  `json:"createdDateTime"`
	StartDateTime         string  `json:"startDateTime"`
	LifetimeInMinutes     int     `json:"lifetimeInMinutes"`
	IsUsableOnce          bool    `json:"isUsableOnce"`
	IsUsable              *bool   `json:"isUsable,omitempty"`
	MethodUsabilityReason string  `json:"methodUsabilityReason,omitempty"`
	LastUsedDateTime      any     `json:"lastUsedDateTime,omitempty"` // nil: absent; a nil *string: null
}

// passObject makes the answer without its passcode: v1.0 says whether the pass is usable, beta does not declare that
// (and sends it only with Options.Undeclared) but says when it was last used.
func (c *call) passObject(userID string, p pass) passObject {
	o := passObject{
		ID:                p.ID,
		CreatedDateTime:   stamp(p.ID+"created", p.Created),
		StartDateTime:     stamp(p.ID+"start", p.Start),
		LifetimeInMinutes: p.Lifetime,
		IsUsableOnce:      p.Once,
	}
	if c.version == "v1.0" || c.opts.Undeclared {
		o.MethodUsabilityReason = c.usability(userID, p)
		usable := o.MethodUsabilityReason == enabledByPolicy
		o.IsUsable = &usable
	}
	if c.version == "beta" {
		var used *string
		if p.LastUsed != nil {
			s := stamp(p.ID+"used", *p.LastUsed)
			used = &s
		}
		o.LastUsedDateTime = used
	}
	return o
}

func (c *call) passContext(u *user) string {
	return c.context("users('" + u.ID + "')/authentication/temporaryAccessPassMethods")
}

// passSelectable are the properties that each version's metadata declares: another in $select is an error there.
var passSelectable = map[string][]string{
	"beta": {"id", "createdDateTime", "lastUsedDateTime", "isUsableOnce", "lifetimeInMinutes", "startDateTime", "temporaryAccessPass"},
	"v1.0": {"id", "createdDateTime", "isUsable", "isUsableOnce", "lifetimeInMinutes", "methodUsabilityReason", "startDateTime", "temporaryAccessPass"},
}

// checkSelect refuses undeclared properties. All other query options are ignored: Microsoft documents that these calls
// support none.
func (c *call) checkSelect() error {
	value := c.query.Get("$select")
	if value == "" {
		return nil
	}
	for name := range strings.SplitSeq(value, ",") {
		if !slices.Contains(passSelectable[c.version], strings.TrimSpace(name)) {
			return badRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type '%s'.", name, passType)
		}
	}
	return nil
}

func listPasses(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	if err := c.checkSelect(); err != nil {
		return reply{}, err
	}
	held := []passObject{}
	if p, has := c.Passes[u.ID]; has {
		held = append(held, c.passObject(u.ID, p))
	}
	return ok(collection{Context: c.passContext(u), Value: held}), nil
}

// thePass is the pass in the path. The bodies for an unknown and a malformed id are unknown, only the statuses are
// reported (graph.md section 5): the words are our invention.
func (c *call) thePass() (*user, pass, error) {
	u, err := c.theUser()
	if err != nil {
		return nil, pass{}, err
	}
	id := c.params["pass"]
	if !isGUID(id) {
		return nil, pass{}, badRequest("Invalid id '%s' specified. The id of an authentication method is a GUID.", id)
	}
	p, has := c.Passes[u.ID]
	if !has || !strings.EqualFold(p.ID, id) {
		return nil, pass{}, refuse(http.StatusNotFound, "resourceNotFound", "The user has no Temporary Access Pass with the id '%s'.", id)
	}
	return u, p, nil
}

func getPass(c *call) (reply, error) {
	u, p, err := c.thePass()
	if err != nil {
		return reply{}, err
	}
	if err := c.checkSelect(); err != nil {
		return reply{}, err
	}
	o := c.passObject(u.ID, p)
	o.Context, o.Type = c.passContext(u)+"/$entity", "#"+passType
	return ok(o), nil
}

func deletePass(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	if err := c.reaches(u); err != nil {
		return reply{}, err
	}
	if _, _, err := c.thePass(); err != nil {
		return reply{}, err
	}
	return noContent, c.emit(event{Kind: passDeleted, User: u.ID, Audit: c.audited(adminDeleted, methodDeleted, u)})
}

// wanted is what a create asks for; nil is not asked for.
type wanted struct {
	start    *time.Time
	lifetime *int32
	once     *bool
}

func (c *call) wanted() (wanted, error) {
	var w wanted
	var start *string
	setters := map[string]setter{
		"startDateTime":     into(&start, "Edm.DateTimeOffset"),
		"lifetimeInMinutes": into(&w.lifetime, "Edm.Int32"),
		"isUsableOnce":      into(&w.once, "Edm.Boolean"),
	}
	for _, name := range passSelectable[c.version] {
		if _, writable := setters[name]; !writable {
			setters[name] = readOnly(name)
		}
	}
	if err := decodeEntity(c.body, passType, setters); err != nil || start == nil {
		return w, err
	}
	t, err := parseDateTimeOffset(*start)
	if err != nil { // a real tenant was seen to read a time without a zone in a zone nobody chose: refused here, our invention
		return w, badRequest("Cannot convert the literal '%s' to the expected type 'Edm.DateTimeOffset'.", *start)
	}
	w.start = &t
	return w, nil
}

// startTolerance is how far in the past a start may lie: our invention, for clocks that nearly agree.
const startTolerance = 3 * time.Second

// createPass makes a pass, in the place of the one that the user has.
func createPass(c *call) (reply, error) {
	u, err := c.theUser()
	if err != nil {
		return reply{}, err
	}
	if err := c.reaches(u); err != nil {
		return reply{}, err
	}
	w, err := c.wanted()
	if err != nil {
		return reply{}, err
	}
	if err := c.mayHold(u); err != nil {
		return reply{}, err
	}
	p, err := c.newPass(w)
	if err != nil {
		return reply{}, err
	}
	if err := c.emit(event{Kind: passCreated, User: u.ID, Pass: &p, Audit: c.audited(adminRegistered, passRegistered, u)}); err != nil {
		return reply{}, err
	}
	c.issued = append(c.issued, issue{UserPrincipalName: u.UserPrincipalName, UserID: u.ID, ID: p.ID, TemporaryAccessPass: p.Passcode, CreatedDateTime: p.Created})
	o := c.passObject(u.ID, p)
	o.Context, o.Type, o.TemporaryAccessPass = c.passContext(u)+"/$entity", "#"+passType, &p.Passcode
	return reply{status: http.StatusCreated, body: o}, nil
}

// mayHold says why a user may not hold a pass at all. The messages are those of graph.md section 5. A disabled account
// may hold one: what a real tenant says is unknown, and new hires are disabled until day one.
func (c *call) mayHold(u *user) error {
	switch {
	case u.external():
		return badRequest("Temporary Access Pass cannot be added to an external guest user.")
	case c.Policy.State != stateEnabled, !c.targeted(u.ID):
		return badRequest("Converged UserCredentialPolicy does not allow creating or updating this authentication method. AuthMethodType [TemporaryAccessPass].")
	}
	return nil
}

func (c *call) newPass(w wanted) (pass, error) {
	p := pass{
		ID:       newID(),
		Passcode: newCode(source(c.Population.Seed, c.Issued), c.Policy.DefaultLength),
		Created:  c.now.Truncate(tick),
		Start:    c.now.Truncate(tick),
		Lifetime: c.Policy.DefaultLifetime,
		Once:     c.Policy.IsUsableOnce,
	}
	if w.lifetime != nil {
		p.Lifetime = int(*w.lifetime)
	}
	if p.Lifetime < c.Policy.MinimumLifetime || p.Lifetime > c.Policy.MaximumLifetime {
		return p, badRequest("Invalid LifetimeInMinutes specified. The valid range between %d and %d.", c.Policy.MinimumLifetime, c.Policy.MaximumLifetime)
	}
	if w.start != nil {
		p.Start = *w.start
	}
	if p.Start.Before(c.now.Add(-startTolerance)) {
		return p, badRequest("Invalid StartDateTime specified. It can not be a time in the past.")
	}
	if w.once != nil && !*w.once && c.Policy.IsUsableOnce { // refused or ignored, says graph.md section 1: refused here, in our words
		return p, badRequest("Invalid IsUsableOnce specified. The policy allows only one-time passes.")
	}
	if w.once != nil {
		p.Once = *w.once
	}
	return p, nil
}

// issue is a line of the ledger: GET /sandbox/issued.
type issue struct {
	UserPrincipalName   string    `json:"userPrincipalName"`
	UserID              string    `json:"userId"`
	ID                  string    `json:"id"`
	TemporaryAccessPass string    `json:"temporaryAccessPass"`
	CreatedDateTime     time.Time `json:"createdDateTime"`
}

func (s *store) everIssued() ([]issue, error) {
	all := []issue{}
	_, err := readFrom(s.ledger, 0, func(i issue) error { all = append(all, i); return nil })
	return all, err
}

func (s *store) everAsked() ([]json.RawMessage, error) {
	all := []json.RawMessage{}
	_, err := readFrom(s.requests, 0, func(r json.RawMessage) error { all = append(all, r); return nil })
	return all, err
}
