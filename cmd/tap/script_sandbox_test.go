package main_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// sandbox PATH JSON: posts to the control plane, as somebody who works on the tenant at the same time.
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sandbox PATH JSON")
	}
	status, body, err := post(ts.MkAbs(ledgerDir), "/sandbox/"+args[0], args[1])
	ts.Check(err)
	if status > 299 {
		ts.Fatalf("%d: %s", status, body)
	}
}

// post asks the sandbox in dir without tap: of the server on it where there is one, else over the folder.
func post(dir, path, body string) (status int, answer string, err error) {
	base, trust, err := sandbox.Served(dir)
	if err != nil {
		return 0, "", err
	}
	if base != "" {
		resp, err := (&http.Client{Transport: &http.Transport{TLSClientConfig: trust}, Timeout: 10 * time.Second}).Post(base+path, "application/json", strings.NewReader(body))
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp.StatusCode, string(b), err
	}
	box, err := sandbox.Open(dir, sandbox.Options{})
	if err != nil {
		return 0, "", err
	}
	defer box.Close()
	req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1"+path, bytes.NewBufferString(body))
	req.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	box.Handler().ServeHTTP(rec, req)
	return rec.Code, rec.Body.String(), nil
}

// sent N METHOD: waits until so many requests of the method reached Graph, from a command in the background.
func cmdSent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sent N METHOD")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	for range 500 {
		var log []struct{ Method, Path string }
		ts.Check(control(ts.MkAbs(ledgerDir), http.MethodGet, "/sandbox/requests", &log))
		n := 0
		for _, r := range log {
			if r.Method == args[1] && !strings.HasSuffix(r.Path, "/$batch") {
				n++
			}
		}
		if n >= want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s %s did not come", args[0], args[1])
}
