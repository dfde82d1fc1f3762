package runner

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// Check says whether SetSecret could set this name, so that a command can refuse before it does anything else. An error
// that holds an *fs.PathError is about the runner's file, any other about the name or the place.
func (r *Runner) Check(name string) error {
	if r == nil {
		return errors.New("not in GitHub Actions or Azure Pipelines")
	}
	if err := r.checkName(name); err != nil || r.kind == azure {
		return err
	}
	f, err := r.openEnv()
	if err != nil {
		return err
	}
	return f.Close()
}

// SetSecret sets a secret variable for the later steps of the job, and registers it first.
//
// GitHub: appended to the file $GITHUB_ENV (docs.github.com/actions/reference/workflows-and-actions/workflow-commands,
// "Setting an environment variable", "Multiline strings"; actions/toolkit packages/core/src/file-command.ts), and there
// for every later step. Azure: task.setvariable with issecret
// (learn.microsoft.com/azure/devops/pipelines/process/set-variables-scripts); a step that wants it asks for $(NAME), and the
// agent refuses secrets of several lines (src/Agent.Worker/TaskCommandExtension.cs, MultilineSecret).
func (r *Runner) SetSecret(w io.Writer, name string, s secret.Text) error {
	if err := r.Check(name); err != nil {
		return err
	}
	value := s.Reveal()
	if err := r.checkValue(value); err != nil {
		return fmt.Errorf("setting the variable %s: %w", name, err)
	}
	if err := r.Register(w, s); err != nil {
		return fmt.Errorf("setting the variable %s: %w", name, err)
	}
	set := r.appendEnv
	if r.kind == azure {
		set = func(name, value string) error {
			return r.write(w, "##vso[task.setvariable variable="+name+";issecret=true]"+r.data(value)+"\n")
		}
	}
	if err := set(name, value); err != nil {
		return fmt.Errorf("setting the variable %s: %w", name, err)
	}
	return nil
}

// checkName holds a name against what both runners and every shell accept, and against the names that the runner keeps to itself.
//
// GitHub: default variables cannot be overwritten, CI can but every tool reads it
// (docs.github.com/actions/reference/workflows-and-actions/variables); NODE_OPTIONS is refused since runner 2.309
// (github.blog/changelog 2023-10-05). Azure: endpoint, input, path, secret and securefile begin names that scripts cannot
// read (learn.microsoft.com/azure/devops/pipelines/process/variables); the others are predefined variables such as
// Agent.Id, in the spelling that scripts see (…/pipelines/build/variables).
func (r *Runner) checkName(name string) error {
	for n, c := range []byte(name) {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (n == 0 || c < '0' || c > '9') {
			return fmt.Errorf("a variable is named by letters, digits and _, no digit first: %q", name)
		}
	}
	upper := strings.ToUpper(name)
	names, prefixes := []string{"CI", "NODE_OPTIONS"}, []string{"GITHUB_", "RUNNER_"}
	if r.kind == azure {
		names, prefixes = nil, []string{
			"ENDPOINT", "INPUT", "PATH", "SECRET", "SECUREFILE",
			"AGENT_", "BUILD_", "CHECKS_", "ENVIRONMENT_", "PIPELINE_", "RELEASE_", "SYSTEM_", "TF_",
		}
	}
	switch {
	case name == "":
		return errors.New("a variable needs a name")
	case slices.Contains(names, upper):
		return fmt.Errorf("%s keeps the variable %s to itself", r.Name(), name)
	}
	for _, p := range prefixes {
		if strings.HasPrefix(upper, p) {
			return fmt.Errorf("%s keeps variables that begin with %s to itself: %s", r.Name(), p, name)
		}
	}
	return nil
}

// checkValue refuses what would arrive as something else.
func (r *Runner) checkValue(value string) error {
	switch {
	case value == "":
		return errors.New("there is no secret")
	case strings.ContainsRune(value, 0) || !utf8.ValidString(value):
		return errors.New("the secret has characters that no variable can hold")
	case r.kind == azure && strings.ContainsAny(value, "\r\n"):
		return errors.New("the secret has several lines, which Azure Pipelines refuses")
	}
	return nil
}

// openEnv opens the file that GitHub made for this step. It is never created: nobody would read it.
func (r *Runner) openEnv() (*os.File, error) {
	if r.envFile == "" {
		return nil, errors.New("GITHUB_ENV is not set, the file for variables of later steps")
	}
	f, err := os.OpenFile(r.envFile, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("GITHUB_ENV: %w", err)
	}
	return f, nil
}

func (r *Runner) appendEnv(name, value string) error {
	eol := "\n"
	if runtime.GOOS == "windows" { // a runner on Windows takes a CR before the LF for part of the line's end
		eol = "\r\n"
	}
	f, err := r.openEnv()
	if err != nil {
		return err
	}
	_, err = f.WriteString(entry(name, value, eol, rand.Text))
	return errors.Join(err, f.Close())
}

// entry is NAME<<delimiter, the value, the delimiter, each on lines of their own, as actions/runner
// src/Runner.Worker/FileCommandManager.cs reads them. It skips empty lines: the first ends a line that somebody left open.
// The delimiter is random, so that no value can know it, and drawn again while it occurs in the value.
func entry(name, value, eol string, random func() string) string {
	delimiter := "ghadelimiter_" + random()
	for strings.Contains(value, delimiter) {
		delimiter = "ghadelimiter_" + random()
	}
	return eol + name + "<<" + delimiter + eol + value + eol + delimiter + eol
}
