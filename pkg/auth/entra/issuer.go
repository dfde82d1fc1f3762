package entra

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Issuer is a CI system or a cluster, which says in tokens who somebody is.
type Issuer struct {
	URL     string
	Subject string
	Bearer  string        // what a job has to show to get its token
	Expired time.Duration // how long ago its tokens ended; 0: in ten minutes

	key    *rsa.PrivateKey
	mu     sync.Mutex
	tokens []string
}

// NewIssuer returns an issuer with a key of its own.
func NewIssuer(url, subject string) (*Issuer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	return &Issuer{URL: url, Subject: subject, Bearer: Mark + "job-token-that-is-shown-to-the-issuer-alone", key: key}, err
}

// Trust is the federated credential that believes this issuer.
func (i *Issuer) Trust() Federated {
	return Federated{Issuer: i.URL, Subject: i.Subject, Audience: "api://AzureADTokenExchange", Key: &i.key.PublicKey}
}

// Sign returns a token for the audience.
func (i *Issuer) Sign(audience string) string {
	end := time.Now().Add(10 * time.Minute)
	if i.Expired > 0 {
		end = time.Now().Add(-i.Expired)
	}
	signed := Encoded(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "1"}) + "." + Encoded(map[string]any{
		"iss": i.URL, "sub": i.Subject, "aud": audience, "exp": end.Unix(), "nbf": end.Add(-time.Hour).Unix(),
	})
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, sum[:])
	if err != nil {
		return ""
	}
	token := signed + "." + base64.RawURLEncoding.EncodeToString(sig)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tokens = append(i.tokens, token)
	return token
}

// Tokens returns all that were signed.
func (i *Issuer) Tokens() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.tokens...)
}

// GitHub answers at ACTIONS_ID_TOKEN_REQUEST_URL: https://docs.github.com/actions/reference/security/oidc.
func (i *Issuer) GitHub(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer "+i.Bearer:
		reply(w, http.StatusForbidden, map[string]any{"message": "no " + r.Header.Get("Authorization")})
	case r.URL.Query().Get("api-version") != "2.0": // which is in the address that the job is given
		reply(w, http.StatusBadRequest, map[string]any{"message": "the address lost its query"})
	default:
		reply(w, http.StatusOK, map[string]any{"count": 1, "value": i.Sign(r.URL.Query().Get("audience"))})
	}
}

// Pipelines answers at SYSTEM_OIDCREQUESTURI for one service connection:
// https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create.
func (i *Issuer) Pipelines(connection string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch {
		case r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+i.Bearer || r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress":
			reply(w, http.StatusUnauthorized, map[string]any{"message": "no " + r.Header.Get("Authorization")})
		case q.Get("serviceConnectionId") != connection || q.Get("api-version") == "":
			reply(w, http.StatusNotFound, map[string]any{"message": "no such service connection"})
		default:
			reply(w, http.StatusOK, map[string]any{"oidcToken": i.Sign("api://AzureADTokenExchange")})
		}
	}
}

// Machine is what gives a machine or a service of Azure its managed identity.
type Machine struct {
	Header   string // of a service: what IDENTITY_HEADER says; "" for a virtual machine
	ClientID string // the user-assigned identity that is there; "": the system-assigned one
	Token    func() string

	mu    sync.Mutex
	asked []string
}

// Asked returns the resources that tokens were asked for.
func (m *Machine) Asked() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.asked...)
}

// ServeHTTP answers as http://169.254.169.254 does, or as the endpoint of App Service:
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token,
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference.
func (m *Machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	m.mu.Lock()
	m.asked = append(m.asked, q.Get("resource"))
	m.mu.Unlock()
	version, path, known := "2018-02-01", "/metadata/identity/oauth2/token", r.Header.Get("Metadata") == "true"
	if m.Header != "" {
		version, path, known = "2019-08-01", "/msi/token", r.Header.Get("X-IDENTITY-HEADER") == m.Header
	}
	switch {
	case r.URL.Path != path || r.Method != http.MethodGet:
		http.NotFound(w, r)
	case !known || r.Header.Get("X-Forwarded-For") != "":
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "Required metadata header not specified"})
	case q.Get("api-version") != version || q.Get("client_id") != m.ClientID:
		reply(w, http.StatusBadRequest, map[string]any{"error": "invalid_request", "error_description": "Identity not found"})
	default:
		end := strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10)
		reply(w, http.StatusOK, map[string]any{
			"access_token": m.Token(), "client_id": m.ClientID, "expires_in": "3600", "expires_on": end, "resource": q.Get("resource"), "token_type": "Bearer",
		})
	}
}
