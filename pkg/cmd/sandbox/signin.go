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

	User       string
	With       string
	From       string
	Method     string
	MethodName string
}

// NewCmdSignIn returns `tap sandbox signin`. runF replaces the run in tests.
func NewCmdSignIn(f *cmdutil.Factory, runF func(context.Context, *SignInOptions) error) *cobra.Command {
	o := &SignInOptions{Factory: f}
	c := &cobra.Command{
		Use:   "signin <user>",
		Short: "Sign in as a user, as the user or a thief would",
		Long: `Sign in as a user, as the user or a thief would, and register a method. The passcode is asked for, or read
from standard input; --with signs in with a method that the user has, and needs none. Who is not let in is told
why, which Microsoft does not do. Each sign-in is in the sign-in log, two minutes later.

The sandbox knows where these networks are: 192.0.2.0/24 in Helsinki, from where everybody comes who does not say,
198.51.100.0/24 in Berlin, 203.0.113.0/24 in Valparaíso, 2001:db8::/32 in Wellington.`,
		Example: `  tap --sandbox create adele.vance@contoso.com --replace -o value | tap sandbox signin adele.vance@contoso.com
  tap sandbox signin megan.bowen@contoso.com --with fido2 --from 203.0.113.7`,
		Args: cobra.ArbitraryArgs,
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
	fl := c.Flags()
	fl.StringVar(&o.With, "with", "", "sign in with this method, by its type or id, and not with a passcode")
	fl.StringVar(&o.From, "from", "", "the IP address to sign in from, such as 203.0.113.7")
	fl.StringVar(&o.Method, "method", "", "register this method after the sign-in: fido2, microsoftAuthenticator, windowsHelloForBusiness, …")
	fl.StringVar(&o.MethodName, "method-name", "", "what the registered method is called")
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
	body := map[string]string{"user": o.User, "with": o.With, "from": o.From, "method": o.Method, "methodName": o.MethodName}
	if o.With == "" {
		code, err := o.passcode(ctx)
		if err != nil {
			return err
		}
		body["temporaryAccessPass"] = code.Reveal()
	}
	var v verdict
	if err := call(ctx, o.Factory, http.MethodPost, "/signin", body, &v); err != nil {
		return err
	}
	if err := cmdutil.Written(v.print(o.Factory, "is let in.")); err != nil {
		return err
	}
	return v.refusal("signing in", o.User)
}

// refusal is why the user was not let in, or registered nothing; nil for one who was let in.
func (v verdict) refusal(what, user string) error {
	if v.OK {
		return nil
	}
	e := &errs.Error{Slug: errs.Rejected, What: what, Whom: user, Why: strings.TrimSuffix(v.Message, ".")}
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

// print says it in words where no columns are asked for.
func (v verdict) print(f *cmdutil.Factory, words string) error {
	if f.Globals.Output == output.Table && len(f.Globals.Columns) == 0 {
		if !v.OK {
			return nil
		}
		_, err := fmt.Fprintf(f.Streams.Out, "%s %s %s\n", f.Say.Safe(v.UserPrincipalName), words, f.Say.Safe(v.Message))
		return err
	}
	p := cmdutil.Printer(f, verdicts(), output.Options{Value: "ok"})
	if err := p.Row(v); err != nil {
		return err
	}
	return p.Close()
}

func verdicts() output.Schema[verdict] {
	return output.Schema[verdict]{
		{Name: "ok", Type: "boolean", Doc: "whether the user was let in, or registered a method", Value: func(v verdict) any { return v.OK }},
		{Name: "reason", Type: "string", Doc: "why not, null where it was so: `unknownUser`, `noPass`, `wrongCode`, `noMethod`, `accountDisabled`, `notYetValid`, `expired`, `used`, `disabledByPolicy`, `blockedByConditionalAccess`; of a registration `unknownUser`, `noSession` or `tooLate`", Value: func(v verdict) any { return cmdutil.Optional(v.Reason) }},
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
