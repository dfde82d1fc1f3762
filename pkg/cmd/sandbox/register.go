package sandbox

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
)

// RegisterOptions are what `tap sandbox register` needs, then what the user said.
type RegisterOptions struct {
	*cmdutil.Factory

	User       string
	Method     string
	MethodName string
	From       string
}

// NewCmdRegister returns `tap sandbox register`. runF replaces the run in tests.
func NewCmdRegister(f *cmdutil.Factory, runF func(context.Context, *RegisterOptions) error) *cobra.Command {
	o := &RegisterOptions{Factory: f}
	c := &cobra.Command{
		Use:   "register <user>",
		Short: "Register a method, as whoever is signed in as a user",
		Long: `Register a method, as whoever is signed in as a user. After a sign-in with a one-time pass there are 10 minutes for it;
once the sessions are revoked, it takes another sign-in.`,
		Example: `  tap --sandbox create adele.vance@contoso.com --replace --one-time -o value | tap sandbox signin adele.vance@contoso.com --from 203.0.113.7
  tap sandbox register adele.vance@contoso.com --method fido2 --method-name "Evil Key" --from 203.0.113.7`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return registerRun(cmd.Context(), o)
		},
	}
	fl := c.Flags()
	fl.StringVar(&o.Method, "method", "", "the method: fido2, microsoftAuthenticator, windowsHelloForBusiness, …")
	fl.StringVar(&o.MethodName, "method-name", "", "what it is called")
	fl.StringVar(&o.From, "from", "", "in the session from this IP address, and not in the last one")
	return c
}

func (o *RegisterOptions) validate(args []string) error {
	const example = "tap sandbox register adele.vance@contoso.com --method fido2"
	switch {
	case len(args) != 1:
		return errs.Usage("one user registers a method at a time", example)
	case o.Method == "":
		return errs.Usage("--method says what is registered", example)
	}
	ref, err := person.ParseRef(args[0])
	if err != nil {
		return errs.Usage(err.Error(), example)
	}
	o.User = string(ref)
	return cmdutil.CheckOutput(o.Factory, verdicts(), output.Options{Value: "ok"})
}

func registerRun(ctx context.Context, o *RegisterOptions) error {
	body := map[string]string{"user": o.User, "method": o.Method, "methodName": o.MethodName, "from": o.From}
	var v verdict
	if err := call(ctx, o.Factory, http.MethodPost, "/register", body, &v); err != nil {
		return err
	}
	if err := cmdutil.Written(v.print(o.Factory, "is signed in.")); err != nil {
		return err
	}
	return v.refusal("registering a method", o.User)
}
