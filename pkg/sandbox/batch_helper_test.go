package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
)

// part is the answer of one part of a batch.
func (a answer) part(id string) answer {
	a.t.Helper()
	var batch struct {
		Responses []struct {
			ID      string
			Status  int
			Headers map[string]string
			Body    json.RawMessage
		}
	}
	a.decode(&batch)
	for _, r := range batch.Responses {
		if r.ID != id {
			continue
		}
		p := answer{t: a.t, what: a.what + " " + id, status: r.Status, header: http.Header{}, body: r.Body}
		for name, v := range r.Headers {
			p.header.Set(name, v)
		}
		_ = json.Unmarshal(r.Body, &p.object)
		return p
	}
	a.t.Fatalf("%s: no part %s: %s", a.what, id, a.body)
	return answer{}
}

// holds checks the answer of a part against the contract of the call that it was.
func (a answer) holds(t *testing.T, method, target string) answer {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	checkContract(t, &http.Request{Method: method, URL: u, Header: http.Header{}}, a)
	return a
}
