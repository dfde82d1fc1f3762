package cmdutil

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// Say is everything that a command writes to stderr. It is safe for concurrent use.
// Every text is escaped: names and the service's messages are not ours.
type Say struct {
	W     io.Writer
	Quiet bool // nothing but errors
	// Of is the profile of several that all this is about, "" where there is one.
	Of string
	// Guard keeps a text that is not ours from acting on a CI runner. Nil: there is none.
	Guard     func(string) string
	GuardJSON func([]byte) []byte
	// Hints are the commands that mend an error of the target in use. Nil: those of the error.
	Hints func(*errs.Error) []string

	mu   sync.Mutex
	said map[string]bool
}

// Notice says something once, however often it is told.
func (s *Say) Notice(text string) { s.once("notice", text) }

// Warning says once what may go wrong.
func (s *Say) Warning(text string) { s.once("warning", text) }

// Target names the target of a write.
func (s *Say) Target(title string) { s.once("target", title) }

func (s *Say) once(kind, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fmt.Sprintf("tap: %s: %s", kind, s.Safe(s.about(text)))
	if s.Quiet || s.said[line] {
		return
	}
	if s.said == nil {
		s.said = map[string]bool{}
	}
	s.said[line] = true
	_, _ = fmt.Fprintln(s.W, line)
}

// Line writes one line of progress, unless it is to be quiet.
func (s *Say) Line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Quiet {
		_, _ = fmt.Fprintln(s.W, s.Safe(s.about(text)))
	}
}

// about is a text with whom it is about, behind the program's name where that begins it.
func (s *Say) about(text string) string {
	if s.Of == "" {
		return text
	}
	rest, named := strings.CutPrefix(text, "tap: ")
	if !named {
		return s.Of + ": " + text
	}
	return "tap: " + s.Of + ": " + rest
}

// Status writes one line over the last, at a terminal; an empty text takes it away.
func (s *Say) Status(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.Quiet {
		_, _ = fmt.Fprintf(s.W, "\r\x1b[K%s", s.Safe(text))
	}
}

// Error writes an error for people: what, to whom, why; its causes; commands that mend it; the request id.
func (s *Say) Error(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := errs.Of(err)
	_, _ = fmt.Fprintf(s.W, "tap: error: %s\n", s.Safe(s.about(e.Headline())))
	for _, c := range e.Causes {
		_, _ = fmt.Fprintf(s.W, "tap: why: %s\n", s.Safe(c))
	}
	for _, h := range s.hints(e) {
		_, _ = fmt.Fprintf(s.W, "tap: hint: %s\n", s.Safe(h))
	}
	if e.RequestID != "" {
		_, _ = fmt.Fprintf(s.W, "tap: request id: %s\n", s.Safe(e.RequestID))
	}
}

// ErrorJSON writes an error for programs, as product.md gives its shape.
func (s *Say) ErrorJSON(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := errs.Of(err)
	type object struct {
		Slug      errs.Slug `json:"slug"`
		Reason    *string   `json:"reason"`
		Message   string    `json:"message"`
		Hint      *string   `json:"hint"`
		ExitCode  int       `json:"exitCode"`
		RequestID *string   `json:"requestId"`
	}
	b, err := output.Encode(map[string]object{"error": {
		Slug: e.Slug, Reason: Optional(string(e.Reason)), Message: e.Error(), Hint: Optional(s.Hint(e)),
		ExitCode: e.Slug.Exit(), RequestID: Optional(e.RequestID),
	}})
	if err == nil {
		b = terminal.EscapeJSON(b)
		if s.GuardJSON != nil {
			b = s.GuardJSON(b)
		}
		_, _ = fmt.Fprintf(s.W, "%s\n", b)
	}
}

// Hint is the first command that mends e, "" where there is none.
func (s *Say) Hint(e *errs.Error) string {
	if h := s.hints(e); len(h) > 0 {
		return h[0]
	}
	return ""
}

func (s *Say) hints(e *errs.Error) []string {
	if s.Hints == nil {
		return e.Hints
	}
	return s.Hints(e)
}

// Safe is a text that is not ours so that it acts neither on a terminal nor on a runner.
func (s *Say) Safe(text string) string {
	text = terminal.Escape(text)
	if s.Guard == nil {
		return text
	}
	return s.Guard(text)
}

// Optional is nil for "", so that it is null in JSON.
func Optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Prompt tells a person what to do now: it is said even when quiet, for nothing goes on without it.
func (s *Say) Prompt(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintf(s.W, "tap: %s\n", s.Safe(text))
}
