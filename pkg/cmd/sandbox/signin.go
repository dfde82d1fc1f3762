package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/person"
	"github.com/seed-5ddf9a5e/tap/pkg/secret"
)

// SignInOptions are what `tap sandbox signin` needs, then what the user said.
type SignInOptions struct {
	*cmdutil.Factory

	User   string
	Method string
}

// NewCmdSignIn returns `tap sandbox signin`. runF replaces the run in tests.
func NewCmdSignIn(f *cmdutil.Factory, runF func(context.Context, *SignInOptions) error) *cobra.Command {
	o := &SignInOptions{Factory: f}
	c := &cobra.Command{
		Use:   "signin <user>",
		Short: "Sign in as a user with a passcode, as the user would",
		Long: `Sign in as a user with a passcode, as the user would, and register a method. The passcode is asked for, or read
from standard input. Who is not let in is told why, which Microsoft does not do.`,
		Example: `  tap --sandbox create adele.vance@contoso.com --replace -o value | tap sandbox signin adele.vance@contoso.com`,
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.validate(args); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return signInRun(cmd.Context(), o)
		},
	}
	c.Flags().StringVar(&o.Method, "method", "", "register this method after the sign-in: fido2, microsoftAuthenticator, windowsHelloForBusiness, …")
	return c
}

func (o *SignInOptions) validate(args []string) error {
	const example = "tap sandbox signin adele.vance@contoso.com"
	if len(args) != 1 {
		return errs.Usage("one user signs in at a time", example)
	}
	ref, err := person.ParseRef(args[0])
	if err != nil {
		return errs.Usage(err.Error(), example)
	}
	o.User = string(ref)
	return cmdutil.CheckOutput(o.Factory, verdicts(), output.Options{Value: "ok"})
}

// verdict is the sandbox's answer to a sign-in.
type verdict struct {
	OK                bool   `json:"ok"`
	Reason            string `json:"reason"`
	Message           string `json:"message"`
	UserPrincipalName string `json:"userPrincipalName"`
}

func signInRun(ctx context.Context, o *SignInOptions) error {
	code, err := o.passcode(ctx)
	if err != nil {
		return err
	}
	var v verdict
	body := map[string]string{"user": o.User, "temporaryAccessPass": code.Reveal()}
	if o.Method != "" {
		body["method"] = o.Method
	}
	if err := call(ctx, o.Factory, http.MethodPost, "/signin", body, &v); err != nil {
		return err
	}
	if err := cmdutil.Written(o.print(v)); err != nil {
		return err
	}
	return v.refusal(o.User)
}

// refusal is why the user was not let in, nil for one who was.
func (v verdict) refusal(user string) error {
	if v.OK {
		return nil
	}
	e := &errs.Error{Slug: errs.Rejected, What: "signing in", Whom: user, Why: strings.TrimSuffix(v.Message, ".")}
	switch v.Reason {
	case "unknownUser":
		e.Slug, e.Hints = errs.NotFound, []string{"tap sandbox users"}
	case "noPass":
		e.Reason = errs.NoPass
	case "wrongCode":
		e.Reason = errs.WrongCode
	case "accountDisabled":
		e.Reason = errs.AccountOff
	default:
		e.Reason = errs.NotUsable
	}
	return e
}

func (o *SignInOptions) print(v verdict) error {
	if o.Globals.Output == output.Table && len(o.Globals.Columns) == 0 {
		if !v.OK {
			return nil
		}
		_, err := fmt.Fprintf(o.Streams.Out, "%s is let in. %s\n", o.Say.Safe(v.UserPrincipalName), o.Say.Safe(v.Message))
		return err
	}
	p := cmdutil.Printer(o.Factory, verdicts(), output.Options{Value: "ok"})
	if err := p.Row(v); err != nil {
		return err
	}
	return p.Close()
}

func verdicts() output.Schema[verdict] {
	return output.Schema[verdict]{
		{Name: "ok", Type: "boolean", Doc: "whether the user was let in", Value: func(v verdict) any { return v.OK }},
		{Name: "reason", Type: "string", Doc: "why not, null where the user was let in: `unknownUser`, `noPass`, `wrongCode`, `accountDisabled`, `notYetValid`, `expired`, `used` or `disabledByPolicy`", Value: func(v verdict) any { return cmdutil.Optional(v.Reason) }},
		{Name: "message", Type: "string", Doc: "what happened, in words", Value: func(v verdict) any { return v.Message }},
		{Name: "userPrincipalName", Type: "string", Doc: "the user principal name, null where the user is not known", Value: func(v verdict) any { return cmdutil.Optional(v.UserPrincipalName) }},
	}
}

// passcode asks for it at a terminal, without showing it, and else reads one line.
func (o *SignInOptions) passcode(ctx context.Context) (secret.Text, error) {
	if o.CanAsk() {
		return cmdutil.AskSecret(ctx, o.Streams, "Passcode")
	}
	line, err := bufio.NewReader(io.LimitReader(o.Streams.In, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return secret.Text{}, errs.Local("reading the passcode", "stdin", err)
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return secret.Text{}, errs.Usage("no passcode came from standard input", "tap --sandbox create "+o.User+" -o value | tap sandbox signin "+o.User)
	}
	return secret.New(line), nil
}
