// Package contract holds what passes between a Graph client and a Graph server against Microsoft's
// OpenAPI files in testdata/graph. Only tests import it; it must not know who is on either side.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Contract is Microsoft's description of both versions of Graph, as far as this project calls it.
type Contract map[string]func() (routers.Router, error)

// Load finds beta-tap.openapi.yaml and v1.0-tap.openapi.yaml in dir. Each is read when something is first held against it.
func Load(dir string) Contract {
	c := Contract{}
	for _, version := range []string{"beta", "v1.0"} {
		c[version] = sync.OnceValues(func() (routers.Router, error) {
			doc, err := openapi3.NewLoader().LoadFromFile(filepath.Join(dir, version+"-tap.openapi.yaml"))
			if err != nil {
				return nil, err
			}
			doc.Servers = openapi3.Servers{{URL: "/" + version}} // the host differs, the version does not
			return gorillamux.NewRouter(doc)
		})
	}
	return c
}

// Exchange is one request with its answer, the bodies read.
type Exchange struct {
	Request      *http.Request
	RequestBody  []byte
	Response     *http.Response
	ResponseBody []byte
}

// Check returns what of an exchange breaks the contract, nil where nothing does. Stricter
// than the files, which allow any property and any query: a request names only what they declare.
func (c Contract) Check(x Exchange) error {
	version, _, _ := strings.Cut(strings.TrimPrefix(x.Request.URL.Path, "/"), "/")
	load, ok := c[version]
	if !ok {
		return fmt.Errorf("%s is no version of Graph", version)
	}
	router, err := load()
	if err != nil {
		return err
	}
	req := x.Request.Clone(context.Background())
	// Microsoft's SDKs write the alias "graph." of the namespace in a cast, its documents the namespace.
	req.URL = &url.URL{Path: strings.Replace(x.Request.URL.Path, "/graph.", "/microsoft.graph.", 1), RawQuery: x.Request.URL.RawQuery}
	req.Body = io.NopCloser(bytes.NewReader(x.RequestBody))
	route, params, err := router.FindRoute(req)
	if err != nil {
		return fmt.Errorf("the contract has no such request: %w", err)
	}
	if err := declared(route.Operation, req.URL.Query(), x.RequestBody); err != nil {
		return err
	}
	input := &openapi3filter.RequestValidationInput{
		Request: req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		return fmt.Errorf("the request breaks the contract: %w", err)
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: x.Response.StatusCode, Header: x.Response.Header,
		Body:    io.NopCloser(bytes.NewReader(x.ResponseBody)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		return fmt.Errorf("the answer breaks the contract: %w", err)
	}
	return nil
}

// declared finds query parameters and properties of the body that the contract does not name.
func declared(op *openapi3.Operation, query url.Values, body []byte) error {
	for name := range query {
		if op.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("the contract declares no query parameter %s", name)
		}
	}
	if op.RequestBody == nil || len(body) == 0 {
		return nil
	}
	var sent map[string]json.RawMessage
	if err := json.Unmarshal(body, &sent); err != nil {
		return fmt.Errorf("the request's body is no JSON object: %w", err)
	}
	known := map[string]bool{}
	properties(op.RequestBody.Value.Content.Get("application/json").Schema, known)
	for name := range sent {
		if !known[name] {
			return fmt.Errorf("the contract declares no property %s", name)
		}
	}
	return nil
}

// properties collects the names that a schema declares, over all that it is composed of.
func properties(s *openapi3.SchemaRef, into map[string]bool) {
	for name := range s.Value.Properties {
		into[name] = true
	}
	for _, part := range s.Value.AllOf {
		properties(part, into)
	}
}

// Wrap holds everything that passes through next against the contract, and reports what breaks it.
func (c Contract) Wrap(next http.RoundTripper, report func(string)) http.RoundTripper {
	return roundTripper(func(req *http.Request) (*http.Response, error) {
		x := Exchange{Request: req}
		if req.Body != nil {
			b, err := io.ReadAll(req.Body)
			if err != nil {
				return nil, err
			}
			_ = req.Body.Close()
			x.RequestBody = b
			req = req.Clone(req.Context())
			req.Body = io.NopCloser(bytes.NewReader(b))
		}
		resp, err := next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		x.Response = resp
		x.ResponseBody, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		resp.Body = io.NopCloser(bytes.NewReader(x.ResponseBody))
		if err != nil {
			return resp, err
		}
		if err := c.Check(x); err != nil {
			report(fmt.Sprintf("%s %s: %v", req.Method, req.URL.Path, err))
		}
		return resp, nil
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls f.
func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
