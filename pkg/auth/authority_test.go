package auth_test

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const (
	mark         = entra.Mark
	canarySecret = entra.Secret
	canaryToken  = entra.Token
	canaryOther  = entra.Other
	traceID      = entra.TraceID

	tenantID = "7a3d9c1e-5b64-4e0f-9a51-0c2f4b1d8e77"
	clientID = "11111111-2222-4333-8444-555555555555"
)

// authority is Microsoft Entra's side of the protocols over TLS.
type authority struct {
	*httptest.Server
	*entra.Authority
	others map[string]http.Handler // by host name: who else is there, https and http
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{Authority: entra.New(tenantID, clientID), others: map[string]http.Handler{}}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if other := a.others[r.Host]; other != nil {
			other.ServeHTTP(w, r)
			return
		}
		a.Authority.ServeHTTP(w, r)
	}))
	a.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that clients break off are part of the tests
	a.StartTLS()
	t.Cleanup(a.Server.Close)
	return a
}

// config is a sign-in of this kind at the fake authority.
func (a *authority) config(kind auth.Kind) auth.Config {
	return auth.Config{
		Kind: kind, Tenant: tenantID, ClientID: clientID,
		Cloud:                    auth.Cloud{Name: "global", GraphRoot: "https://graph.microsoft.com", Authority: a.URL},
		Secret:                   func(context.Context) (secret.Text, error) { return secret.New(canarySecret), nil },
		Say:                      func(string) {},
		Transport:                a.Server.Client(),
		DisableInstanceDiscovery: true,
	}
}

// realHosts is a transport that takes any https host to this authority, which shows a certificate for it, and any http host to a.others.
func (a *authority) realHosts() *http.Client {
	tr := a.Server.Client().Transport.(*http.Transport).Clone()
	tr.TLSClientConfig.ServerName = "example.com" // a name in httptest's certificate
	plain := httptest.NewServer(a.Config.Handler)
	a.Config.RegisterOnShutdown(plain.Close)
	tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		to := a.URL
		if !strings.HasSuffix(address, ":443") {
			to = plain.URL
		}
		_, to, _ = strings.Cut(to, "://")
		return (&net.Dialer{}).DialContext(ctx, network, to)
	}
	return &http.Client{Transport: tr}
}

// real is a sign-in of this kind by the real host names of the global cloud.
func (a *authority) real(kind auth.Kind) auth.Config {
	c := a.config(kind)
	c.Cloud, c.Transport, c.DisableInstanceDiscovery = auth.Clouds()[0], a.realHosts(), false
	return c
}
