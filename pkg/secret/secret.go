// Package secret holds values that must not be seen by accident.
// It must not log, print or store one: a secret leaves by Reveal, and by nothing else.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// mask is what everybody sees but the caller of Reveal. Its length says nothing about the secret's.
const mask = "••••••••"

// Text is a secret text, such as a passcode or a client secret. It prints as dots through
// fmt, JSON, text encodings and slog; the zero value is empty. The pointer is
// there for fmt, which reads unexported fields without asking their methods.
type Text struct{ p *string }

// New wraps s. An empty s gives the zero value.
func New(s string) Text {
	if s == "" {
		return Text{}
	}
	return Text{p: &s}
}

// Reveal returns the secret itself. The linter lists who may call it (.golangci.yml).
func (t Text) Reveal() string {
	if t.p == nil {
		return ""
	}
	return *t.p
}

// IsEmpty reports whether there is no secret.
func (t Text) IsEmpty() bool { return t.p == nil }

// String returns dots, or nothing where there is no secret.
func (t Text) String() string {
	if t.p == nil {
		return ""
	}
	return mask
}

// Format prints dots for every verb.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText returns dots. encoding/json, YAML and XML use it.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// LogValue returns dots.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }
