package sandbox

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"time"
)

// device is a sign-in that is begun where there is no browser, and goes on where there is one.
type device struct {
	App      string    `json:"app"`
	UserCode string    `json:"userCode"`
	Scope    string    `json:"scope"`
	Claims   string    `json:"claims,omitempty"`
	Ends     time.Time `json:"ends"`
	User     string    `json:"user,omitempty"` // object id of who signed in
	Session  int       `json:"session,omitempty"`
	Declined bool      `json:"declined,omitempty"`
}

const userCodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

func newUserCode() string {
	var b [9]byte
	_, _ = rand.Read(b[:]) // never fails, says its documentation
	for i, c := range b {
		b[i] = userCodeLetters[int(c)%len(userCodeLetters)]
	}
	return string(b[:])
}

// beginDevice is the device code endpoint.
func beginDevice(s *signing) (reply, error) {
	app, err := s.client()
	if err != nil {
		return reply{}, err
	}
	if !app.Public {
		return reply{}, invalidClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
	}
	if _, err := readScopes(s.form.Get("scope")); err != nil {
		return reply{}, err
	}
	life := time.Duration(s.auth.Lifetimes.DeviceCode)
	d := &device{App: app.AppID, UserCode: newUserCode(), Scope: s.form.Get("scope"), Claims: s.form.Get("claims"), Ends: s.now.Add(life)}
	code := strings.ReplaceAll(newID()+newID(), "-", "")
	s.auth.Devices[code], s.changed = d, true
	where := s.base + "/common/oauth2/deviceauth"
	return ok(map[string]any{
		"device_code": code, "user_code": d.UserCode, "verification_uri": where, "expires_in": int(life / time.Second),
		"interval": max(1, int(time.Duration(s.auth.Lifetimes.DevicePoll)/time.Second)),
		"message":  "To sign in, use a web browser to open the page " + where + " and enter the code " + d.UserCode + " to authenticate.",
	}), nil
}

// redeemDevice answers a device that asks whether somebody signed in. The errors are those of RFC 8628, 3.5, in Microsoft's
// spelling; which AADSTS code goes with a refusal is our invention.
func redeemDevice(s *signing, app *registration) (reply, error) {
	d := s.auth.Devices[s.form.Get("device_code")]
	switch {
	case s.form.Get("device_code") == "":
		return reply{}, missing("device_code")
	case d == nil || d.App != app.AppID:
		return reply{}, deny(http.StatusBadRequest, "bad_verification_code", 70018, "Invalid verification code due to User typing in wrong user code for device code flow.")
	case !s.now.Before(d.Ends):
		return reply{}, deny(http.StatusBadRequest, "expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid. This device code has expired.")
	}
	if d.User == "" && !d.Declined {
		if c := s.choose(); c != nil {
			if err := s.decide(d, c.User, c.Decline); err != nil {
				return reply{}, err
			}
		}
	}
	switch {
	case d.Declined:
		return reply{}, deny(http.StatusBadRequest, "authorization_declined", 65004, "User declined to consent to access the app.")
	case d.User == "":
		return reply{}, deny(http.StatusBadRequest, "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
	}
	claims, err := readClaims(s.form.Get("claims"))
	if err != nil {
		return reply{}, err
	}
	delete(s.auth.Devices, s.form.Get("device_code"))
	s.changed = true
	return s.redeemPerson(app, sealedGrant{App: app.AppID, User: d.User, Scope: d.Scope, ACRs: claims.acrs, Session: d.Session, Issued: s.now.Unix()})
}

// decide is what a person does about a device: signs in for it, or declines.
func (s *signing) decide(d *device, name string, decline bool) error {
	s.changed = true
	if decline {
		d.Declined = true
		return nil
	}
	u, known := s.user(name)
	if !known {
		return invalidGrant(50034, "The user account %s does not exist in the Contoso directory.", name)
	}
	w, err := readScopes(d.Scope)
	if err != nil {
		return err
	}
	if err := s.signedIn(s.auth.Registrations[d.App], u, w); err != nil {
		var r *refusal
		if errors.As(err, &r) && r.status == 0 {
			r.status, r.oauth = http.StatusBadRequest, "invalid_grant"
		}
		return err
	}
	d.User, d.Session = u.ID, s.auth.session(u.ID).Revoked
	return nil
}

// decideDevice is what the page sends.
func decideDevice(s *signing) (reply, error) {
	code := strings.ToUpper(strings.TrimSpace(s.form.Get("otc")))
	for _, d := range s.auth.Devices {
		if d.UserCode != code || !s.now.Before(d.Ends) {
			continue
		}
		if err := s.decide(d, s.form.Get("user"), s.form.Get("decline") != ""); err != nil {
			return s.shown(err), nil
		}
		if d.Declined {
			return htmlPage(http.StatusOK, "Declined", "<p>The sign-in was declined. You may close this window.</p>"), nil
		}
		return htmlPage(http.StatusOK, "Signed in", "<p>You have signed in on your device. You may close this window.</p>"), nil
	}
	return s.shown(deny(http.StatusBadRequest, "bad_verification_code", 70018, "That code didn't work. Check the code and try again.")), nil
}
