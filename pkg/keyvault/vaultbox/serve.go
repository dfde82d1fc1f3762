package vaultbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// versions of the API that are spoken: https://learn.microsoft.com/rest/api/keyvault/.
var versions = []string{"7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"}

var secretName = regexp.MustCompile(`^[0-9A-Za-z-]{1,127}$`)

// refusal is an answer that is no success.
type refusal struct {
	status      int
	code, inner string
	message     string
	header      map[string]string
}

func refuse(status int, code, inner, message string) *refusal {
	return &refusal{status: status, code: code, inner: inner, message: message}
}

func badParameter(format string, args ...any) *refusal {
	return refuse(http.StatusBadRequest, "BadParameter", "", fmt.Sprintf(format, args...))
}

// ServeHTTP is one call: who asks is looked at first, then what is asked.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	b.mu.Lock()
	b.requests = append(b.requests, Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization") != "", len(body) > 0})
	b.mu.Unlock()
	w.Header().Set("x-ms-request-id", newID())
	w.Header().Set("x-ms-keyvault-region", "northeurope")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	if f := b.strike(r, true); f != nil {
		b.suffer(w, r, f)
		return
	}
	if no := b.authenticate(r); no != nil {
		reply(w, nil, no)
		return
	}
	f := b.strike(r, false)
	if f != nil && !f.Written {
		b.suffer(w, r, f)
		return
	}
	answer, no := b.answer(r, body)
	if f != nil {
		b.suffer(w, r, f)
		return
	}
	reply(w, answer, no)
}

// newID is a random id: 32 hexadecimal digits, as the versions of a secret have.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// reply writes an answer, or a refusal as the service forms it.
func reply(w http.ResponseWriter, answer any, no *refusal) {
	if no != nil {
		for k, v := range no.header {
			w.Header().Set(k, v)
		}
		e := map[string]any{"code": no.code, "message": no.message}
		if no.inner != "" {
			e["innererror"] = map[string]any{"code": no.inner}
		}
		w.WriteHeader(no.status)
		answer = map[string]any{"error": e}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// authenticate takes a token for the cloud's vaults, of the vault's tenant, that has not expired. Signatures are not looked at.
func (b *Box) authenticate(r *http.Request) *refusal {
	no := func(message string) *refusal {
		e := refuse(http.StatusUnauthorized, "Unauthorized", "", message)
		e.header = map[string]string{"WWW-Authenticate": fmt.Sprintf(`Bearer authorization="https://login.microsoftonline.com/%s", resource="https://%s"`, Tenant, b.suffix())}
		return e
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		return no("AKV10000: Request is missing a Bearer or PoP token.")
	}
	var claims struct {
		Aud, Tid string
		Exp      int64
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return no("AKV10002: the token is none.")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	b.mu.Lock()
	revoked := b.revoked[token]
	b.mu.Unlock()
	switch {
	case err != nil || json.Unmarshal(payload, &claims) != nil:
		return no("AKV10002: the token is none.")
	case claims.Aud != "https://"+b.suffix():
		return no("AKV10022: Invalid audience.")
	case claims.Tid != Tenant:
		return no("AKV10032: Invalid issuer.")
	case revoked || claims.Exp <= time.Now().Unix():
		return no("AKV10026: the token has expired.")
	}
	return nil
}

// answer does what is asked.
func (b *Box) answer(r *http.Request, body []byte) (any, *refusal) {
	if version := r.URL.Query().Get("api-version"); !slices.Contains(versions, version) {
		return nil, badParameter("api-version %q is not known", version)
	}
	path := strings.Split(strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/"), "/")
	if r.Host != b.host || len(path) < 2 || len(path) > 3 || path[0] != "secrets" {
		return nil, refuse(http.StatusNotFound, "NotFound", "", "there is nothing here")
	}
	if !secretName.MatchString(path[1]) {
		return nil, badParameter("the secret's name does not match %s", secretName)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.Method == http.MethodPut && len(path) == 2:
		return b.permitted("set", func() (any, *refusal) { return b.put(path[1], r.Header.Get("Content-Type"), body) })
	case r.Method == http.MethodGet && len(path) == 2:
		return b.permitted("get", func() (any, *refusal) { return b.get(path[1], "") })
	case r.Method == http.MethodGet && path[2] == "versions":
		return b.permitted("list", func() (any, *refusal) { return b.list(path[1]) })
	case r.Method == http.MethodGet:
		return b.permitted("get", func() (any, *refusal) { return b.get(path[1], path[2]) })
	case r.Method == http.MethodDelete && len(path) == 2:
		return b.permitted("delete", func() (any, *refusal) { return b.remove(path[1]) })
	}
	return nil, refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "", "that cannot be done here")
}

// permitted does it where the network and the permissions let the caller.
func (b *Box) permitted(act string, do func() (any, *refusal)) (any, *refusal) {
	switch {
	case b.closed != "":
		return nil, refuse(http.StatusForbidden, "Forbidden", b.closed, "Client address is not authorized and caller is not a trusted service.")
	case slices.Contains(b.may, act):
		return do()
	case b.policies:
		return nil, refuse(http.StatusForbidden, "Forbidden", "ForbiddenByPolicy", "The caller does not have secrets "+act+" permission on the vault.")
	}
	return nil, refuse(http.StatusForbidden, "Forbidden", "ForbiddenByRbac", "Caller is not authorized to perform action on resource.")
}
