// Package runner speaks to the CI system that this process runs in, GitHub Actions or Azure Pipelines: it registers
// secrets before they are printed, sets secret variables for later steps, and defuses text that could pass for a command.
// It must not decide what is printed, and must not run a command for anybody: a name from the directory reaches a
// runner only through Defuse and DefuseJSON.
//
// Both runners read every line of stdout and of stderr (actions/runner src/Runner.Worker/Handlers/OutputManager.cs,
// microsoft/azure-pipelines-agent src/Agent.Worker/Handlers/NodeHandler.cs and docs/design/vso-command-suppression.md).
package runner

import (
	"io"
	"strings"
	"sync"
)

// Runner is the CI system that this process runs in. A nil Runner is none: it registers nothing and can set nothing.
type Runner struct {
	kind    kind
	envFile string // $GITHUB_ENV; empty on Azure Pipelines
	hosted  bool

	mu    sync.Mutex // a command is one whole line, whoever else writes
	begun bool       // a command of ours was written: what came before it no longer matters
}

// kind tells whose rules hold.
type kind int

const (
	github kind = iota
	azure
)

// Detect reads GITHUB_ACTIONS=true (docs.github.com/actions/reference/workflows-and-actions/variables) and TF_BUILD=True
// (learn.microsoft.com/azure/devops/pipelines/build/variables), in any case; nil where there is none.
func Detect(getenv func(string) string) *Runner {
	switch {
	case strings.EqualFold(getenv("GITHUB_ACTIONS"), "true"):
		return &Runner{kind: github, envFile: getenv("GITHUB_ENV"), hosted: getenv("RUNNER_ENVIRONMENT") == "github-hosted"}
	case strings.EqualFold(getenv("TF_BUILD"), "true"):
		return &Runner{kind: azure, hosted: getenv("AGENT_ISSELFHOSTED") == "0"}
	}
	return nil
}

// Hosted reports whether the machine is lent by the runner's maker for this one job: its disk ends with the job. GitHub documents
// RUNNER_ENVIRONMENT (docs.github.com/actions/reference/workflows-and-actions/variables); AGENT_ISSELFHOSTED is in the environment that
// agents of Azure Pipelines give to a step, and in no document. A machine that does not say it is not hosted.
func (r *Runner) Hosted() bool { return r != nil && r.hosted }

// Name is how its maker calls it; empty for nil.
func (r *Runner) Name() string {
	switch {
	case r == nil:
		return ""
	case r.kind == azure:
		return "Azure Pipelines"
	}
	return "GitHub Actions"
}

// Names are those of all runners that Detect knows.
func Names() []string {
	return []string{(&Runner{kind: github}).Name(), (&Runner{kind: azure}).Name()}
}

// write hands over commands, each a whole line, at once. GitHub looks for :: at the beginning of a line only, and what it
// does not take for a command it prints: a script that wrote half a line before would show the secret. So the first of ours begins with a line break.
func (r *Runner) write(w io.Writer, commands string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kind == github && !r.begun {
		commands = "\n" + commands
	}
	if _, err := io.WriteString(w, commands); err != nil {
		return err
	}
	r.begun = true
	return nil
}

// data escapes what follows the head of a command.
//
// GitHub: actions/toolkit packages/core/src/command.ts escapeData; undone in actions/runner
// src/Runner.Common/ActionCommand.cs UnescapeData.
//
// Azure: microsoft/azure-pipelines-agent src/Agent.Sdk/CommandStringConvertor.cs Unescape turns %3B %0D %0A %5D and then
// %AZP25 back. microsoft/azure-pipelines-task-lib node/taskcommand.ts escapes each % as %AZP25; here only the % that would be
// misread is, because agents before March 2021 and jobs with DECODE_PERCENTS=false leave %AZP25 as it is
// (docs/design/percentEncoding.md), and a debug log repeats the line as it was written ("Processed: …"), masked only where the
// escaped text is the secret itself.
func (r *Runner) data(s string) string {
	if r.kind == azure {
		return strings.NewReplacer(
			"%AZP25", "%AZP25AZP25", "%3B", "%AZP253B", "%5D", "%AZP255D", "%0D", "%AZP250D", "%0A", "%AZP250A",
			"\r", "%0D", "\n", "%0A",
		).Replace(s)
	}
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}
