package entra

import (
	"context"
	"crypto/tls"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

var (
	formAction = regexp.MustCompile(`action="([^"]*)"`)
	formField  = regexp.MustCompile(`name="([^"]*)" value="([^"]*)"`)
)

// Browse plays a person's browser: it opens the address and sends the form on the page, as response_mode=form_post has it. Every https host is
// looked for at network, "" for where its name leads.
func Browse(address, network string) error {
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // a browser of tests, whose authority has a certificate of its own
	page := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	if network != "" {
		tr.DialContext = func(ctx context.Context, proto, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, proto, network)
		}
	}
	resp, err := page.Get(address)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	action := formAction.FindSubmatch(body)
	if action == nil {
		return errors.New("the page has no form")
	}
	fields := url.Values{}
	for _, f := range formField.FindAllSubmatch(body, -1) {
		fields.Set(string(f[1]), html.UnescapeString(string(f[2])))
	}
	sent, err := http.PostForm(html.UnescapeString(string(action[1])), fields)
	if err != nil {
		return err
	}
	return sent.Body.Close()
}
