package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// control is one call of the control plane, which needs no token and is not Graph's.
type control struct {
	method string
	path   string // below /sandbox
	reads  bool   // changes nothing: others may read meanwhile
	handle func(*tx, *http.Request, []byte) (reply, error)
}

var controls = []control{
	{"GET", "", true, about},
	{"GET", "passes", true, heldPasses},
	{"GET", "issued", true, ledger},
	{"GET", "requests", true, requestLog},
	{"DELETE", "requests", false, forgetRequests},
	{"GET", "users", true, everyUser},
	{"GET", "clock", true, readClock},
	{"POST", "clock", false, setClock},
	{"POST", "signin", false, playSignIn},
	{"POST", "register", false, playRegistration},
	{"POST", "conditionalAccess", false, changeAccessPolicies},
	{"POST", "policy", false, changePolicyElsewhere},
	{"POST", "groups", false, changeGroup},
	{"POST", "users", false, makeUser},
	{"GET", "faults", true, listFaults},
	{"POST", "faults", false, addFaults},
	{"DELETE", "faults", false, clearFaults},
	{"GET", "throttle", true, listLimits},
	{"POST", "throttle", false, setLimits},
	{"DELETE", "throttle", false, clearLimits},
	{"GET", "authority", true, readAuthority},
	{"POST", "registrations", false, register},
	{"POST", "consents", false, changeConsent},
	{"POST", "lifetimes", false, setLifetimes},
	{"GET", "sessions", true, listSessions},
	{"POST", "sessions", false, changeSession},
	{"POST", "choice", false, setChoice},
	{"POST", "roles", false, changeRole},
	{"GET", "delays", true, readDelays},
	{"POST", "delays", false, setDelays},
	{"POST", "reset", false, reset},
}

func (t *Tenant) serveControl(w http.ResponseWriter, r *http.Request, segments []string) {
	var answer reply
	now := time.Now().UTC()
	c, body, err := findControl(r, strings.Join(segments, "/"))
	if err == nil {
		hold := t.update
		if c.reads {
			hold = t.view
		}
		err = hold(r.Context(), func(x *tx) (err error) {
			answer, err = c.handle(x, r, body)
			now = x.now
			return err
		})
	}
	if err != nil {
		answer = failed(err, now, newID(), "")
	}
	answer.write(w, now, "application/json; charset=utf-8")
}

func findControl(r *http.Request, path string) (control, []byte, error) {
	var allowed []string
	for _, c := range controls {
		if c.path == path && c.method == r.Method {
			body, err := controlBody(r)
			return c, body, err
		}
		if c.path == path {
			allowed = append(allowed, c.method)
		}
	}
	if allowed != nil {
		return control{}, nil, notAllowed(r.Method, r.URL.EscapedPath(), allowed)
	}
	return control{}, nil, notSimulated(r.Method, r.URL.EscapedPath())
}

// controlBody reads a body, which must call itself JSON: what a web page can send without asking does not.
func controlBody(r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r.Body, largestBody+1))
	switch {
	case err != nil:
		return nil, invalid("badRequest", "The body could not be read.")
	case len(b) > largestBody:
		return nil, refuse(http.StatusRequestEntityTooLarge, "requestEntityTooLarge", "The body is larger than %d bytes.", largestBody)
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if (len(b) > 0 || r.Header.Get("Content-Type") != "") && mediaType != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "unsupportedMediaType", "The sandbox takes only bodies of the Content-Type application/json.")
	}
	return b, nil
}

// decodeControl reads a body whose properties are exactly those of v.
func decodeControl(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil || d.More() {
		return invalid("badRequest", "The body is not the JSON that is expected here: %v.", err)
	}
	return nil
}

// tenantInfo is the answer of GET /sandbox.
type tenantInfo struct {
	TenantID    string      `json:"tenantId"`
	DisplayName string      `json:"displayName"`
	Now         string      `json:"now"`
	Instance    string      `json:"instance,omitempty"` // of the serve that answers
	Caller      *callerInfo `json:"caller,omitempty"`
}

type callerInfo struct {
	Name              string   `json:"name"`
	Kind              string   `json:"kind"` // person or application
	ID                string   `json:"id"`
	UserPrincipalName string   `json:"userPrincipalName,omitempty"`
	DisplayName       string   `json:"displayName"`
	Permissions       []string `json:"permissions"`
}

func about(x *tx, r *http.Request, _ []byte) (reply, error) {
	info := tenantInfo{TenantID: TenantID, DisplayName: "Contoso", Now: x.now.Format(time.RFC3339Nano)}
	info.Instance = x.instance
	name := r.URL.Query().Get("as")
	if !r.URL.Query().Has("as") {
		return ok(info), nil
	}
	c, known := x.callerNamed(name)
	if !known {
		return reply{}, refuse(http.StatusNotFound, "notFound", "The sandbox knows no caller %q. It knows %s.", name, strings.Join(callerNames(), ", "))
	}
	info.Caller = &callerInfo{Name: c.name, Kind: "application", ID: c.id, DisplayName: "Contoso " + c.name, Permissions: c.permissions}
	if !c.application {
		info.Caller.Kind, info.Caller.UserPrincipalName, info.Caller.DisplayName = "person", c.user.UserPrincipalName, c.user.DisplayName
	}
	return ok(info), nil
}

// heldPass is an element of GET /sandbox/passes.
type heldPass struct {
	UserPrincipalName string `json:"userPrincipalName"`
	UserID            string `json:"userId"`
	pass
	MethodUsabilityReason string `json:"methodUsabilityReason"`
}

// heldPasses answers in the order of the directory.
func heldPasses(x *tx, _ *http.Request, _ []byte) (reply, error) {
	all := []heldPass{}
	for _, u := range x.users {
		if p, has := x.Passes[u.ID]; has {
			all = append(all, heldPass{u.UserPrincipalName, u.ID, p, x.usability(u.ID, p)})
		}
	}
	return ok(all), nil
}

func ledger(x *tx, _ *http.Request, _ []byte) (reply, error) {
	all, err := x.store.everIssued()
	return ok(all), err
}

func requestLog(x *tx, _ *http.Request, _ []byte) (reply, error) {
	all, err := x.store.everAsked()
	return ok(all), err
}

func forgetRequests(x *tx, _ *http.Request, _ []byte) (reply, error) {
	x.forgetRequests = true
	return noContent, nil
}

func everyUser(x *tx, _ *http.Request, _ []byte) (reply, error) { return ok(x.users), nil }

func readClock(x *tx, _ *http.Request, _ []byte) (reply, error) { return ok(x.clockReading()), nil }

func setClock(x *tx, _ *http.Request, body []byte) (reply, error) {
	var m clockMove
	if err := decodeControl(body, &m); err != nil {
		return reply{}, err
	}
	if err := x.moveClock(m); err != nil {
		return reply{}, err
	}
	return ok(x.clockReading()), nil
}

func playSignIn(x *tx, _ *http.Request, body []byte) (reply, error) {
	var s signIn
	if err := decodeControl(body, &s); err != nil {
		return reply{}, err
	}
	res, err := x.signIn(s)
	return ok(res), err
}

// reset puts the seed back, moves the clock back and clears the request log; of faults and limits those of Options are left. The population stays, and so does the
// ledger: a passcode that was issued may lie somewhere.
func reset(x *tx, _ *http.Request, _ []byte) (reply, error) {
	x.forgetRequests = true
	x.local.begin(x.opts)
	return noContent, x.emit(event{Kind: tenantReset})
}
