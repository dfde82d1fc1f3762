package pass

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// variable is the value of --ci-secret, which has a name or is not given.
type variable string

// Set takes the name as it is: the runner's rules are checked where a runner is known.
func (v *variable) Set(s string) error {
	if s == "" {
		return errors.New("a variable needs a name")
	}
	*v = variable(s)
	return nil
}

func (v *variable) String() string { return string(*v) }

// Type names the value in the help.
func (v *variable) Type() string { return "variable" }

// ciSecretAlone refuses the flags about an answer beside --ci-secret.
func (o *CreateOptions) ciSecretAlone(cmd *cobra.Command) error {
	if o.CISecret == "" {
		return nil
	}
	return cmdutil.NoAnswer(cmd, "--ci-secret")
}

// validateCISecret finds out, before anything is sent, that --ci-secret has nowhere to put a passcode.
func (o *CreateOptions) validateCISecret() error {
	switch {
	case o.CISecret == "":
		return nil
	case len(o.refs) != 1:
		return errs.Usage("--ci-secret takes the passcode of exactly one user", "tap create --help")
	case o.DryRun:
		return errs.Usage("--dry-run makes no passcode for --ci-secret to hand over", "tap create --help")
	}
	if err := o.Runner.Check(o.CISecret); err != nil {
		return errs.Usage("--ci-secret: "+err.Error(), "tap create --help")
	}
	return nil
}

// ciSecret is a printer that prints nothing: the passcode goes to the runner, for the later steps of the job.
type ciSecret struct {
	*cmdutil.Factory
	name string
}

func (c ciSecret) Row(r pass.Result) error {
	if r.Passcode.IsEmpty() {
		return nil
	}
	return c.Runner.SetSecret(c.Streams.Err, c.name, r.Passcode)
}

func (c ciSecret) Close() error { return nil }
