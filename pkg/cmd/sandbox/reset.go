package sandbox

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
)

// ResetOptions are what `tap sandbox reset` needs.
type ResetOptions struct{ *cmdutil.Factory }

// NewCmdReset returns `tap sandbox reset`. runF replaces the run in tests.
func NewCmdReset(f *cmdutil.Factory, runF func(context.Context, *ResetOptions) error) *cobra.Command {
	o := &ResetOptions{Factory: f}
	return &cobra.Command{
		Use:     "reset",
		Short:   "Put the sandbox back to how it began",
		Long:    "Put the sandbox back to how it began: no passes, the first policy, real time. The ledger of issued passcodes stays.",
		Example: "  tap sandbox reset",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmdutil.NoAnswer(cmd, cmd.CommandPath()); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return resetRun(cmd.Context(), o)
		},
	}
}

func resetRun(ctx context.Context, o *ResetOptions) error {
	if err := call(ctx, o.Factory, http.MethodPost, "/reset", struct{}{}, nil); err != nil {
		return err
	}
	o.Say.Notice("the sandbox is as it began")
	return nil
}
