package vaultbox

import (
	"io"
	"net/http"
	"strings"
)

// Fault is what goes wrong. Of several that fit the first is taken, while Times lasts.
type Fault struct {
	Method string // "": every one
	Secret string // "": every one
	Skip   int    // so many calls that fit go well first
	Times  int    // how often it happens; 0: always

	Early   bool            // before the token is looked at; else only calls whose token is good fit
	Written bool            // the call is carried out first, and its answer lost
	Hold    <-chan struct{} // the call waits for it, or for its caller to leave
	Cut     bool            // the connection is cut in place of an answer

	// The answer, where it is not cut.
	Status      int
	Code, Inner string
	Body        string            // in place of the service's form
	Header      map[string]string // Retry-After, WWW-Authenticate, Location
}

// Fault adds one.
func (b *Box) Fault(f Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, &f)
}

// Mend ends all faults.
func (b *Box) Mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// strike returns the fault that this call meets, early or not, or nil.
func (b *Box) strike(r *http.Request, early bool) *Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.faults {
		path := strings.Split(r.URL.Path, "/")
		fits := f.Early == early && (f.Method == "" || f.Method == r.Method) && (f.Secret == "" || len(path) > 2 && strings.EqualFold(path[2], f.Secret))
		switch {
		case !fits:
			continue
		case f.Skip > 0:
			f.Skip--
			continue
		case f.Times == 1:
			b.faults = append(b.faults[:i:i], b.faults[i+1:]...)
		case f.Times > 1:
			f.Times--
		}
		return f
	}
	return nil
}

// suffer answers as the fault says.
func (b *Box) suffer(w http.ResponseWriter, r *http.Request, f *Fault) {
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-r.Context().Done():
		}
	}
	if f.Cut {
		panic(http.ErrAbortHandler) //nolint:forbidigo // net/http's way to cut a connection
	}
	if f.Body == "" {
		reply(w, nil, &refusal{f.Status, f.Code, f.Inner, "said by a fault", f.Header})
		return
	}
	for k, v := range f.Header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(f.Status)
	_, _ = io.WriteString(w, f.Body)
}
