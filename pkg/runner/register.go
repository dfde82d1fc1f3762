package runner

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// Register tells the runner that this secret is one, before it is printed, in every dress in which it may appear: as it is,
// escaped for JSON, quoted for CSV, each of them defused, and the dresses that the caller adds (spelled, …). What has
// several lines is registered whole and line by line, because logs are masked by the line. Nothing is written for an
// empty secret or a nil Runner.
//
// GitHub: ::add-mask:: (docs.github.com/actions/reference/workflows-and-actions/workflow-commands; actions/runner#1521 for
// lines). Azure: task.setsecret (learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands), which knows no
// lines: its TaskSetSecretCommand masks the text as a whole.
//
// w is stderr, because stdout may be caught by a script. The runners read the two streams side by side (actions/runner
// src/Runner.Sdk/ProcessInvoker.cs), so that a mask on one is not sure to come before the very next line of the other.
// Between ::stop-commands:: and its end GitHub obeys nobody, prints the command, and nothing can be masked.
func (r *Runner) Register(w io.Writer, s secret.Text, dresses ...string) error {
	if r == nil || s.IsEmpty() {
		return nil
	}
	head := "::add-mask::"
	if r.kind == azure {
		head = "##vso[task.setsecret]"
	}
	var commands strings.Builder
	for _, text := range masks(s.Reveal(), dresses) {
		commands.WriteString(head + r.data(text) + "\n")
	}
	if commands.Len() == 0 {
		return nil
	}
	return r.write(w, commands.String())
}

// masks lists what has to be masked, each once.
func masks(s string, dresses []string) []string {
	inJSON := encoded(s)
	var out []string
	for _, text := range append([]string{s, inJSON, string(DefuseJSON([]byte(inJSON))), strings.ReplaceAll(s, `"`, `""`)}, dresses...) {
		for _, dress := range []string{text, Defuse(text)} {
			out = append(out, dress)
			out = append(out, strings.FieldsFunc(dress, func(r rune) bool { return r == '\r' || r == '\n' })...)
		}
	}
	return distinct(out)
}

// distinct drops what is there already, and blanks: GitHub warns of a mask without a visible character.
func distinct(texts []string) []string {
	var out []string
	for _, t := range texts {
		if strings.TrimSpace(t) != "" && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// encoded is s as it stands between the quotes of a JSON string, without HTML escapes.
func encoded(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string can always be encoded, and a buffer takes everything
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n")
}
