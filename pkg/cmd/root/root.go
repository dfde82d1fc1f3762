// Package root is the command tree and its wiring: the global flags, the tenant that
// they name, and the one place that turns an error into an exit code. It must not hold a
// command's work.
package root

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	authcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	doctorcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/doctor"
	onboardingcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/onboarding"
	passcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/pass"
	policycmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/policy"
	rolloutcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/rollout"
	sandboxcmd "github.com/seed-5ddf9a5e/tap/pkg/cmd/sandbox"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/pass"
	"github.com/seed-5ddf9a5e/tap/pkg/record"
	"github.com/seed-5ddf9a5e/tap/pkg/runner"
	"github.com/seed-5ddf9a5e/tap/pkg/when"
)

// defaultCaller is who calls in the sandbox where nobody is named: an Authentication Administrator.
const defaultCaller = "helpdesk"

// flags are the values of the global flags.
type flags struct {
	cmdutil.Globals

	tenant, clientID string
	cloud            auth.Cloud
	unread           error // why nobody knows whether a cloud of this name is settled on this machine
	kind             auth.Kind
	secretFile       string
	certificate      string
	passwordFile     string
	tokenFile        string
	connection       string
	caFile           string
	least            bool
	profiles         profiles
	allProfiles      bool
	api              api
	sandbox          bool
	sandboxURL       string
	sandboxAs        string

	quiet, verbose, debug bool
	version               bool
	timeout               when.Span
	zone                  zone
}

// NewCmd returns the command tree over the process p.
func NewCmd(p *Process) *cobra.Command {
	o := &opener{process: p, flags: &flags{Globals: cmdutil.Globals{Output: output.Table}}}
	ci := runner.Detect(p.Getenv)
	say := newSay(p, ci)
	o.say, p.say, p.flags, p.machine = say, say, o.flags, sync.OnceValues(p.Machine.Read)
	f := &cmdutil.Factory{
		Streams: p.Streams, Colour: output.WantsColour(p.Getenv, p.Streams.OutTTY), Runner: ci, Getenv: p.Getenv,
		Say: say, Globals: &o.flags.Globals, Part: p.part, Target: o.target, Sandbox: o.control, Surroundings: o.surroundings,
		Files: p.files(), VaultAddress: o.vaultAddress, Reports: o.reports,
		Profiles: p.profileStore, Settings: p.settings,
		SignIn: o.login, WhoAmI: o.whoami, SignOut: o.logout,
		StateDir: func() (string, error) { return stateFolder(p.Getenv) },
		Record:   func() *record.Log { return o.record(nil) },
	}

	c := &cobra.Command{
		Use:   "tap",
		Short: "Manage Microsoft Entra Temporary Access Passes",
		Long: `tap manages Microsoft Entra Temporary Access Passes: time-limited passcodes with which a person
signs in without a password or a second factor, to register a passkey on the first day or
after losing a phone.

Try it without a tenant: tap --sandbox create adele.vance@contoso.com`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.flags.version && len(args) == 0 {
				return versionRun(f)
			}
			return cmdutil.Group(cmd, args)
		},
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			return p.begin(cmd)
		},
	}
	c.SetIn(p.Streams.In)
	c.SetOut(p.Streams.Out)
	c.SetErr(p.Streams.Err)
	c.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return errs.Usage(err.Error(), cmd.CommandPath()+" --help") })
	o.flags.register(c, p.clouds)
	c.Flags().BoolVar(&o.flags.version, "version", false, "print which tap this is")
	c.AddGroup(&cobra.Group{ID: "pass", Title: "Passes:"}, &cobra.Group{ID: "policy", Title: "Policy:"}, &cobra.Group{ID: "auth", Title: "Targets and sign-in:"}, &cobra.Group{ID: "help", Title: "When it does not work:"}, &cobra.Group{ID: "trial", Title: "Without a tenant:"})
	add(c, "pass", passcmd.NewCmdCreate(f, nil), passcmd.NewCmdList(f, nil), passcmd.NewCmdShow(f, nil), passcmd.NewCmdWatch(f, nil), passcmd.NewCmdDelete(f, nil), passcmd.NewCmdRevoke(f, nil))
	add(c, "pass", rolloutcmd.NewCmdRun(f, func(t *cmdutil.Target, rows []pass.Result) output.Printer[pass.Result] {
		return passcmd.PrintResults(f, t, rows)
	}), rolloutcmd.NewCmdResult(f), onboardingcmd.NewCmdReport(f, nil), onboardingcmd.NewCmdAudit(f, nil))
	add(c, "policy", policycmd.NewCmd(f))
	add(c, "auth", authcmd.NewCmdLogin(f), authcmd.NewCmdLogout(f), authcmd.NewCmdWhoami(f), authcmd.NewCmdProfile(f))
	add(c, "help", doctorcmd.NewCmdDoctor(f, nil))
	add(c, "trial", sandboxcmd.NewCmd(f, o.serve))
	c.AddCommand(newCmdVersion(f))
	addTenants(c, f, o)
	addTopics(c)
	addCompletionCmd(c)
	addAllCompletions(c, f, p.machine)
	addPermissions(c)
	return c
}

// newSay is what speaks for the process, on a CI system around it.
func newSay(p *Process, ci *runner.Runner) *cmdutil.Say {
	say := &cmdutil.Say{W: p.Streams.Err, Hints: p.hints}
	if p.part != nil {
		say.Of = p.part.Name
	}
	if ci != nil {
		say.Guard, say.GuardJSON = runner.Defuse, runner.DefuseJSON
	}
	return say
}

func add(parent *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
		parent.AddCommand(c)
	}
}

// register declares the global flags. more tells the clouds that the machine settings name.
func (fl *flags) register(c *cobra.Command, more func() ([]auth.Cloud, error)) {
	f := c.PersistentFlags()
	f.StringVar(&fl.tenant, "tenant", "", "tenant id or domain; default: the tenant of whoever signs in")
	f.Var(&fl.profiles, "profile", "the saved target to work on, several for a command with --all-profiles; default: the one in use, at terminals only")
	f.Var(cloud{auth.CloudFlag{Cloud: &fl.cloud, More: more}, &fl.unread}, "cloud", "global, usgov, usgov-dod or china")
	f.Var(&fl.api, "api", "version of Microsoft Graph; default: what the cloud has, beta before v1.0")
	f.Var((*auth.KindFlag)(&fl.kind), "auth", "how to sign in, such as browser or github-actions; all of them: tap help environment")
	f.StringVar(&fl.clientID, "client-id", "", "the client to sign in with; default: Microsoft Graph Command Line Tools")
	f.StringVar(&fl.secretFile, "client-secret-file", "", "file with the client secret, - for stdin; default: $TAP_CLIENT_SECRET, or a question")
	f.StringVar(&fl.certificate, "client-certificate", "", "file with the client certificate and its RSA key, PEM or PFX")
	f.StringVar(&fl.passwordFile, "client-certificate-password-file", "", "file with the password of a PFX, - for stdin; default: its variable, or a question")
	f.StringVar(&fl.tokenFile, "federated-token-file", "", "file with the token of a workload, as Kubernetes writes it")
	f.StringVar(&fl.connection, "service-connection", "", "id of the service connection of Azure Pipelines")
	f.StringVar(&fl.caFile, "ca-file", "", "file with roots (PEM) to trust besides those of this machine")
	f.BoolVar(&fl.least, "least-privilege", false, "as a person, ask for the narrowest permissions; takes a client of your own (--client-id)")
	f.BoolVar(&fl.sandbox, "sandbox", false, "work on the embedded Contoso tenant: no account, no network")
	f.StringVar(&fl.sandboxURL, "sandbox-url", "", "work on a sandbox that is served at this loopback address")
	f.StringVar(&fl.sandboxAs, "sandbox-as", defaultCaller, "who calls in the sandbox: helpdesk, privileged, reader, app, …; helpdesk:PERMISSION,PERMISSION@ROLE plays others")
	f.VarP(&fl.Output, "output", "o", "how the answer is printed")
	f.StringSliceVar(&fl.Columns, "columns", nil, "print these properties, in this order")
	f.BoolVar(&fl.NoHeader, "no-header", false, "print tables and CSV without their first line")
	f.Var(&fl.JQ, "jq", "print what this jq program makes of the JSON")
	f.Var(&fl.zone, "tz", "zone of the times that are read and shown, e.g. Europe/Helsinki")
	f.BoolVarP(&fl.Yes, "yes", "y", false, "change what the command says without asking; a pass that a user holds needs --replace all the same")
	f.BoolVar(&fl.NoInput, "no-input", false, "ask nothing: a question is a refusal")
	f.BoolVarP(&fl.quiet, "quiet", "q", false, "print nothing but the answer and errors")
	f.BoolVarP(&fl.verbose, "verbose", "v", false, "print each request")
	f.BoolVar(&fl.debug, "debug", false, "print each request with its ids")
	f.StringVar(&fl.Ticket, "ticket", "", "the ticket behind a write, kept with its record")
	f.StringVar(&fl.Reason, "reason", "", "the reason for a write, kept with its record")
	fl.timeout = when.Span(2 * time.Minute)
	f.Var(&fl.timeout, "timeout", "limit for the whole command, such as 30s, 10m or 1d")
}

// cloud is the value of --cloud. That the machine settings, which name further ones, cannot be read is no fault of the name: it is kept
// until the command is known, which may work without.
type cloud struct {
	auth.CloudFlag
	unread *error
}

func (c cloud) Set(s string) error {
	err := c.CloudFlag.Set(s)
	if e := (*errs.Error)(nil); errors.As(err, &e) && e.Slug == errs.LocalFault {
		*c.unread, err = err, nil
	}
	return err
}

// zone is the value of --tz.
type zone struct{ *time.Location }

func (z *zone) Set(s string) error {
	l, err := when.LoadZone(s)
	if err == nil {
		z.Location = l
	}
	return err
}

func (z *zone) String() string {
	if z.Location == nil {
		return ""
	}
	return z.Location.String()
}

func (z *zone) Type() string { return "zone" }

// isSandbox reports whether the flags name a sandbox.
func (fl *flags) isSandbox() bool { return fl.sandbox || fl.sandboxURL != "" }

// validate finds flags that contradict each other, or hold nothing. changed tells which were given, isLogin that they are those of `tap login`.
func (fl *flags) validate(changed func(string) bool, isLogin bool) error {
	for _, f := range []struct{ name, value, example string }{
		{"sandbox-url", fl.sandboxURL, "http://127.0.0.1:4010"},
		{"tenant", fl.tenant, "contoso.onmicrosoft.com"},
		{"client-id", fl.clientID, "CLIENT_ID"},
		{"client-secret-file", fl.secretFile, "FILE"},
		{"client-certificate", fl.certificate, "FILE"},
		{"client-certificate-password-file", fl.passwordFile, "FILE"},
		{"federated-token-file", fl.tokenFile, "FILE"},
		{"service-connection", fl.connection, "ID"},
		{"ca-file", fl.caFile, "FILE"},
		{"profile", fl.profiles.shortest(), "NAME"},
		{"ticket", fl.Ticket, "INC-1234"},
		{"reason", fl.Reason, "'lost key'"},
	} {
		if f.value == "" && changed(f.name) {
			return errs.Usage(fmt.Sprintf("--%s is empty: a variable that is not set?", f.name), "--"+f.name+" "+f.example)
		}
	}
	if fl.isSandbox() {
		for _, name := range signInFlags() {
			if changed(name) && !fl.rehearses(name, isLogin) {
				return errs.Usage(fmt.Sprintf("the sandbox takes no real sign-in: --%s goes without --sandbox", name), fl.sandboxFlag())
			}
		}
	}
	if fl.timeout == 0 {
		return errs.Usage("--timeout takes a time above zero, such as 30s", "--timeout 2m")
	}
	return nil
}

// signInFlags are the flags that say how to sign in, and to what. The sandbox goes with none of them.
func signInFlags() []string {
	return []string{
		"profile", "all-profiles", "auth", "cloud", "tenant", "client-id", "client-secret-file", "client-certificate", "client-certificate-password-file",
		"federated-token-file", "service-connection", "ca-file", "least-privilege",
	}
}
