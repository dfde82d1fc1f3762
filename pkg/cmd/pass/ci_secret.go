package pass

import (
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
)

// validateCISecret finds out, before anything is sent, that --ci-secret has nowhere to put a passcode.
func (o *CreateOptions) validateCISecret() error {
	switch {
	case o.CISecret == "":
		return nil
	case len(o.refs) != 1:
		return errs.Usage("--ci-secret takes the passcode of exactly one user", "tap create --help")
	case o.Globals.Output != output.Table || len(o.Globals.Columns) > 0:
		return errs.Usage("--ci-secret prints nothing: it goes without -o and --columns", "tap create --help")
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
