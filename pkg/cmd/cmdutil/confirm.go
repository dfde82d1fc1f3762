package cmdutil

import (
	"context"
	"errors"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// Confirm asks whether a change may be made; --yes answers it. Where nobody may be asked it is a usage
// error that names --yes, and a no is one as well, of which nothing was sent.
func (f *Factory) Confirm(ctx context.Context, question string) error {
	if f.Globals.Yes {
		return nil
	}
	if !f.CanAsk() {
		return errs.Usage("this asks before it changes something, and nobody can be asked here", "--yes")
	}
	yes, err := f.Streams.Confirm(ctx, terminal.Escape(question))
	switch {
	case errors.Is(err, terminal.ErrNoTerminal):
		return errs.Usage(err.Error(), "--yes")
	case err != nil:
		return errs.Of(err)
	case !yes:
		return errs.Usage("not confirmed: nothing was changed")
	}
	return nil
}
