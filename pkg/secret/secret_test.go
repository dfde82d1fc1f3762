package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

const code = "+drkzqAD"

func TestTextPrintsAsDots(t *testing.T) {
	s := secret.New(code)
	held := struct {
		Public  secret.Text
		private secret.Text
		ptr     *secret.Text
	}{s, s, &s}
	var outs []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %p"} {
		outs = append(outs, fmt.Sprintf(verb, s), fmt.Sprintf(verb, held), fmt.Sprintf(verb, &held), fmt.Sprintf(verb, []secret.Text{s}))
	}
	js, err := json.Marshal(map[string]any{"a": s, "b": held, "c": &s})
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "pass", s, "held", held)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "pass", s, "held", held)
	outs = append(outs, string(js), logged.String(), s.String())
	for _, out := range outs {
		if strings.Contains(out, code) || strings.Contains(out, fmt.Sprintf("%x", code)) {
			t.Errorf("the secret shows: %s", out)
		}
	}
	if !strings.Contains(s.String(), "•") || !strings.Contains(string(js), "•") {
		t.Error("a secret should show as dots, so that one sees that it is there")
	}
}

func TestTextReveals(t *testing.T) {
	if got := secret.New(code).Reveal(); got != code {
		t.Errorf("Reveal() = %q, want %q", got, code)
	}
	var zero secret.Text
	if !zero.IsEmpty() || zero.Reveal() != "" || zero.String() != "" || !secret.New("").IsEmpty() {
		t.Error("the zero value should be empty")
	}
}
