package cmdutil

import (
	"context"
	"errors"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// CanConfirm finds out, before anything is opened, that Confirm will have nobody to ask: a usage error that names --yes.
func (f *Factory) CanConfirm() error {
	if f.Globals.Yes || f.CanAsk() {
		return nil
	}
	return errs.Usage("this asks before it changes something, and nobody can be asked here", "--yes")
}

// Confirm asks whether a change may be made; --yes answers it. A no is a usage error as well, of which nothing was sent.
func (f *Factory) Confirm(ctx context.Context, question string) error {
	if f.Globals.Yes {
		return nil
	}
	if err := f.CanConfirm(); err != nil {
		return err
	}
	yes, err := f.Streams.Confirm(ctx, f.Say.Safe(question))
	switch {
	case err != nil:
		return errs.Of(err)
	case !yes:
		return errs.Usage("not confirmed: nothing was changed", "--dry-run")
	}
	return nil
}

// AskSecret asks for a secret at the terminal. Ctrl-C there is an interruption.
func AskSecret(ctx context.Context, s *terminal.Streams, question string) (secret.Text, error) {
	t, err := s.Secret(ctx, question)
	if errors.Is(err, terminal.ErrNoAnswer) {
		return t, &errs.Error{Slug: errs.Interrupted, Why: err.Error()}
	}
	return t, err
}
