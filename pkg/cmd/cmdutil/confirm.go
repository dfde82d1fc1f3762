package cmdutil

import (
	"context"
	"errors"
	"strings"

	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// CanConfirm finds out, before anything is opened, that Confirm will have nobody to ask: a usage error that names --yes.
func (f *Factory) CanConfirm() error { return f.canAnswer("this asks before it changes something") }

// Confirm asks whether a change may be made; --yes answers it. A no is a usage error as well, of which nothing was sent.
func (f *Factory) Confirm(ctx context.Context, question string) error {
	if f.Globals.Yes {
		return nil
	}
	if err := f.CanConfirm(); err != nil {
		return err
	}
	return f.agree(ctx, question, errs.Usage("not confirmed: nothing was changed", "--dry-run"))
}

// CanSpend is CanConfirm for Spend.
func (f *Factory) CanSpend() error {
	return f.canAnswer("this asks before it sends very many requests")
}

// Spend asks whether very many requests may be sent that change nothing; --yes answers it.
func (f *Factory) Spend(ctx context.Context, question string, otherwise ...string) error {
	if f.Globals.Yes {
		return nil
	}
	if err := f.CanSpend(); err != nil {
		return err
	}
	return f.agree(ctx, question, errs.Usage("not confirmed: they were not sent", otherwise...))
}

func (f *Factory) canAnswer(what string) error {
	if f.Globals.Yes || f.CanAsk() {
		return nil
	}
	return errs.Usage(what+", and nobody can be asked here", "--yes")
}

// agree asks; no is the error of an answer that is not yes.
func (f *Factory) agree(ctx context.Context, question string, no error) error {
	yes, err := f.Streams.Confirm(ctx, f.Say.Safe(question))
	switch {
	case err != nil:
		return errs.Of(err)
	case !yes:
		return no
	}
	return nil
}

// ConfirmTyped asks to type words that only who read the question types.
func (f *Factory) ConfirmTyped(ctx context.Context, question, words string) error {
	typed, err := f.Streams.Line(ctx, f.Say.Safe(question+" Type "+words+" to go on"))
	switch {
	case err != nil:
		return errs.Of(err)
	case !strings.EqualFold(strings.Join(strings.Fields(typed), " "), words):
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
