package root

import (
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-5ddf9a5e/tap/pkg/auth/entra"
)

// TestProxy: what the variables say, and nothing for this machine and its metadata service.
func TestProxy(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://login.microsoftonline.com/x": "http://proxy.example:3128", "https://graph.microsoft.com/beta": "http://proxy.example:3128",
		"https://vault.internal.example/": "", "http://169.254.169.254/metadata/identity/oauth2/token": "", "http://169.254.129.2:8081/msi/token": "",
		"http://127.0.0.1:4010/": "", "https://[::1]/": "", "http://login.microsoftonline.com/": "http://plain.example:8080",
	} {
		find := proxy(func(name string) string {
			return map[string]string{"https_proxy": "http://proxy.example:3128", "HTTP_PROXY": "http://plain.example:8080", "NO_PROXY": ".internal.example"}[name]
		})
		req, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if u, err := find(req); err != nil {
			t.Error(err)
		} else if u != nil {
			got = u.String()
		}
		if got != want {
			t.Errorf("%s goes by %q, want %q", address, got, want)
		}
	}
}

// TestTrusted: --ca-file adds to the roots of this machine, and takes none away.
func TestTrusted(t *testing.T) {
	t.Parallel()
	ca, err := entra.NewCertificate(nil, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca.Public(), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := trusted(file)
	if err != nil {
		t.Fatal(err)
	}
	want, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	if want.Equal(got) {
		t.Error("nothing was added")
	}
	want.AddCert(ca.Certificate)
	if !want.Equal(got) {
		t.Error("it is not the machine's roots and one more")
	}
	if none, err := trusted(""); none != nil || err != nil {
		t.Errorf("without a file: %v, %v", none, err)
	}
}

// TestNoRedirects: an answer does not say where a credential goes.
func TestNoRedirects(t *testing.T) {
	t.Parallel()
	asked := 0
	way := roundTrip(func(*http.Request) (*http.Response, error) {
		asked++
		return &http.Response{StatusCode: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://evil.example/"}}, Body: http.NoBody}, nil
	})
	resp, err := client(way).Post("https://login.microsoftonline.com/token", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if asked != 1 || resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("%d requests, status %d", asked, resp.StatusCode)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
