package sandbox

import (
	"context"
	"fmt"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/sandbox"
)

// ServeOptions are what `tap sandbox serve` needs, then what the user said.
type ServeOptions struct {
	*cmdutil.Factory
	Serve Serve

	Listen string
	TLS    bool
	Tenant sandbox.Options
}

// NewCmdServe returns `tap sandbox serve`. runF replaces the run in tests.
func NewCmdServe(f *cmdutil.Factory, serve Serve, runF func(context.Context, *ServeOptions) error) *cobra.Command {
	o := &ServeOptions{Factory: f, Serve: serve}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the sandbox to any Graph client on this machine",
		Long: `Serve the sandbox to any Graph client on this machine, and print its address.

A client sends "Authorization: Bearer sandbox-helpdesk", or the name of another caller. While it
is served, --sandbox uses the served sandbox. It ends with Ctrl-C, quietly, and exit code 130.

With --tls it is the authority as well, at ADDRESS/TENANT: any program with MSAL signs in there, once
it trusts the certificate, takes the address for a known authority and leaves instance discovery out.
The tenant is c0117050-5a2d-4b0c-8000-c0a705000001. People sign in to the application
c0117050-5a2d-4b0c-8000-c11e00000001; c0117050-5a2d-4b0c-8000-c11e00000002 signs in itself, with
the secret sandbox-automation-secret. docs/testing.md has the rest. tap login --sandbox-url ADDRESS --ca-file
CERTIFICATE signs you in there, and later commands with both flags go by it.

A fault is a JSON object. "match" names the calls: a method and a path below the version, where * is any
segment. "status" refuses them (with "retryAfter", "code"); "drop" cuts the connection "before" the work,
"after" it, or at once with the work done "late" ("after": "3s"); "body" spoils the answer: "html",
"truncated", "empty", "odd"; "latency" holds it up. "times" and "probability" say how often; with --seed
the same calls are struck again.`,
		Example: `  tap sandbox serve --listen 127.0.0.1:4010 --latency 100ms
  tap sandbox serve --throttle 'POST /users/*/authentication/temporaryAccessPassMethods=20/1s'
  tap sandbox serve --fault '{"match": "POST /users/*/authentication/temporaryAccessPassMethods", "drop": "after", "times": 1}'`,
		Args:        cobra.NoArgs,
		Annotations: map[string]string{cmdutil.Endless: "true"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return serveRun(cmd.Context(), o)
		},
	}
	fl := c.Flags()
	fl.StringVar(&o.Listen, "listen", "127.0.0.1:4010", "loopback address and port; port 0 takes a free one")
	fl.IntVar(&o.Tenant.Users, "users", 0, "how many users there are beside the named ones")
	fl.Int64Var(&o.Tenant.Seed, "seed", 0, "makes generated users and passcodes repeatable")
	fl.DurationVar(&o.Tenant.Latency, "latency", 0, "wait before each answer, e.g. 100ms")
	fl.DurationVar(&o.Tenant.PolicyDelay, "policy-delay", 0, "how long a change of the policy takes to show, e.g. 20s")
	fl.DurationVar(&o.Tenant.Replication, "replication", 0, "how long a new user or membership takes to be seen everywhere, e.g. 20s")
	fl.Var(&faults{&o.Tenant.Faults}, "fault", "what goes wrong with some calls, as JSON; repeatable")
	fl.Var(&limits{&o.Tenant.Throttle}, "throttle", "permit so many calls, e.g. 20/1s or 'GET /users/*=300/15s'; repeatable")
	fl.BoolVar(&o.TLS, "tls", false, "speak HTTPS, with a certificate made for it")
	fl.BoolVar(&o.Tenant.Undeclared, "undeclared", false, "beta also sends isUsable and methodUsabilityReason, which its metadata does not declare")
	return c
}

// address is where a sandbox is served.
type address struct {
	url         string
	certificate string // the file that a client has to trust; "" without --tls
}

func addresses() output.Schema[address] {
	return output.Schema[address]{
		{Name: "url", Type: "string", Doc: "where the sandbox is served, without a slash at the end", Value: func(a address) any { return a.url }},
		{Name: "certificate", Type: "string", Doc: "the file of the certificate that a client has to trust, with `--tls`; else null", Value: func(a address) any { return cmdutil.Optional(a.certificate) }},
	}
}

// Validate finds what is wrong before anything is opened.
func (o *ServeOptions) Validate() error {
	if err := cmdutil.CheckOutput(o.Factory, addresses(), output.Options{Value: "url"}); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return errs.Usage(fmt.Sprintf("--listen takes an address and a port, not %q", o.Listen), "tap sandbox serve --listen 127.0.0.1:4010")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errs.Usage(fmt.Sprintf("the sandbox is for this machine alone: %q is not a loopback address", host), "tap sandbox serve --listen 127.0.0.1:4010")
	}
	if o.Tenant.Users < 0 || o.Tenant.Latency < 0 || o.Tenant.PolicyDelay < 0 || o.Tenant.Replication < 0 {
		return errs.Usage("--users, --latency, --policy-delay and --replication take no negative number", "tap sandbox serve --help")
	}
	return nil
}

func serveRun(ctx context.Context, o *ServeOptions) error {
	scheme, certificate := "http://", ""
	if o.TLS {
		f, err := os.CreateTemp("", "tap-sandbox-*.pem")
		if err != nil {
			return errs.Local("leaving the certificate", os.TempDir(), err)
		}
		_ = f.Close()
		defer func() { _ = os.Remove(f.Name()) }()
		o.Tenant.Certificate = f.Name()
		scheme, certificate = "https://", "; its certificate is "+f.Name()
	}
	serve, err := o.Serve(o.Tenant)
	if err != nil {
		return err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return errs.Local("listening", o.Listen, err, "tap sandbox serve --listen 127.0.0.1:0")
	}
	defer l.Close()
	if err := o.print(address{scheme + l.Addr().String(), o.Tenant.Certificate}); err != nil {
		return cmdutil.Written(err)
	}
	o.Say.Notice(fmt.Sprintf("the sandbox is served at %s%s until Ctrl-C%s", scheme, l.Addr(), certificate))
	if err := serve(ctx, l); err != nil {
		return errs.Local("serving the sandbox", l.Addr().String(), err)
	}
	return context.Cause(ctx)
}

// print tells the address at once: whoever reads it goes on while the sandbox is served.
func (o *ServeOptions) print(a address) error {
	if o.Globals.Output == output.Table && len(o.Globals.Columns) == 0 {
		_, err := fmt.Fprintln(o.Streams.Out, a.url)
		return err
	}
	p := cmdutil.Printer(o.Factory, addresses(), output.Options{Value: "url"})
	if err := p.Row(a); err != nil {
		return err
	}
	return p.Close()
}
