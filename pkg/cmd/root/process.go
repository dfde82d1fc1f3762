package root

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-5ddf9a5e/tap/pkg/auth"
	"github.com/seed-5ddf9a5e/tap/pkg/cmd/cmdutil"
	"github.com/seed-5ddf9a5e/tap/pkg/errs"
	"github.com/seed-5ddf9a5e/tap/pkg/output"
	"github.com/seed-5ddf9a5e/tap/pkg/rollout/journal"
	"github.com/seed-5ddf9a5e/tap/pkg/terminal"
)

// Process is the world of one run of tap.
type Process struct {
	Args    []string // without the program's name
	Streams *terminal.Streams
	Getenv  func(string) string
	// Wrap stands between the Graph client and the network. Tests hold every exchange against
	// Microsoft's contract with it; nil in the program.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Machine is where the settings of this machine are; the zero value is nowhere.
	Machine auth.MachineFile
	// Files stands for the file system of runs and results in tests; nil: this machine's.
	Files journal.FS
	// Network stands for the network beyond this machine in tests; nil in the program.
	Network http.RoundTripper
	// Dial and Roots stand for the network and for whom this machine trusts where a doctor tries the way to a host, in tests;
	// nil in the program.
	Dial  func(ctx context.Context, network, address string) (net.Conn, error)
	Roots *x509.CertPool
	// Tokens stands for the system's store of tokens in tests; nil: this system's.
	Tokens auth.TokenStore
	// Late is how long after a lost answer the service may still carry a create out; 0: a minute. Tests shorten it.
	Late time.Duration

	machine   func() (*auth.Machine, error) // reads Machine, once
	chosen    *cmdutil.Settings             // what counts for this command; nil where it reads no settings
	login     atomic.Pointer[string]        // the command that signs the person in again who is signed in; nil for others
	unread    []unread                      // what the command goes without
	variables map[string]string             // those that stand for flags which were not typed, by flag

	part     *output.Part // where the answer goes of a run for one of several profiles, which it names; nil for others
	format   *flags       // of the run that this one is a part of: how its answer is printed
	couldAsk bool         // likewise: somebody is there, whom a run for one of several profiles does not ask

	say     *cmdutil.Say
	flags   *flags
	cmd     *cobra.Command    // that was found, nil before
	running bool              // a command was found and its flags were read
	cancel  func(cause error) // ends the command's context
	closers []func()
}

// Main runs tap and returns its exit code.
func Main(p *Process) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	p.cancel = cancel
	stop := p.onSignal()
	defer stop()
	return p.end(p.execute(ctx))
}

// execute runs the command that the arguments name, and returns which it was.
func (p *Process) execute(ctx context.Context) (*cobra.Command, error) {
	c := NewCmd(p)
	c.SetArgs(p.Args)
	ran, err := c.ExecuteContextC(ctx)
	for _, done := range slices.Backward(p.closers) {
		done()
	}
	return ran, err
}

// begin reads what the global flags say, before any command runs.
func (p *Process) begin(cmd *cobra.Command) error {
	p.running, p.cmd = true, cmd
	fl := p.flags
	var err error
	if p.variables, err = readEnvironment(cmd.Flags(), p.Getenv, fl.takesVariable, p.forgive); err != nil {
		return err
	}
	p.narrow(cmd)
	switch typed := cmd.Flags().Changed; {
	case fl.JQ.IsZero() || fl.Output.IsJSON():
	case !typed("output"):
		fl.Output = output.JSON
	case !typed("jq"):
		fl.JQ = output.Query{} // a format that was typed wins over the variable
	}
	p.say.Quiet = fl.quiet
	if err := fl.validate(cmd.Flags().Changed, cmd.Name() == "login"); err != nil {
		return err
	}
	if err := p.oneTenant(cmd); err != nil {
		return err
	}
	if fl.Output == output.HTML && cmd.Flags().Changed("output") && cmd.Annotations[cmdutil.Page] == "" {
		return errs.Usage("-o html is the page of tap report, and no other answer's", cmd.CommandPath()+" --output table")
	}
	if err := p.settle(cmd); err != nil {
		return err
	}
	p.dress()
	fl.Zone = fl.zone.Location
	late := &errs.Error{
		Slug: errs.Busy, Why: fmt.Sprintf("not done within %s", fl.timeout),
		Hints: []string{"--timeout " + (2 * fl.timeout).String()},
	}
	if cmd.Annotations[cmdutil.Endless] != "" || takesLong(cmd) && !cmd.Flags().Changed("timeout") {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(cmd.Context(), fl.timeout.Duration(), late)
	p.closers = append(p.closers, cancel)
	cmd.SetContext(ctx)
	fl.JQ = fl.JQ.Within(ctx)
	return nil
}

// takesLong reports whether the command is a run of many passes, which has no limit but one that was typed.
func takesLong(cmd *cobra.Command) bool {
	many := slices.ContainsFunc([]string{"file", "group", "all"}, cmd.Flags().Changed)
	return cmd.Annotations[cmdutil.Run] != "" || cmd.Annotations[cmdutil.MayRun] != "" && many
}

// onSignal ends the context on the first Ctrl-C or SIGTERM and leaves the second to the system, which ends the process.
func (p *Process) onSignal() (stop func()) {
	signal.Ignore(syscall.SIGPIPE) // a broken pipe is an error of the write: what it lost is to be told
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-c:
			signal.Stop(c)
			slug := errs.Interrupted
			if s == syscall.SIGTERM {
				slug = errs.Terminated
			}
			p.cancel(&errs.Error{Slug: slug, Why: "interrupted"})
		case <-done:
		}
	}()
	return func() { signal.Stop(c); close(done) }
}

// end tells an error and returns the exit code.
func (p *Process) end(c *cobra.Command, err error) int {
	if err == nil {
		return 0
	}
	if c.Annotations[cmdutil.Endless] != "" && stopped(err) {
		return errs.ExitCode(err) // it runs until it is stopped: that is no error to tell
	}
	var known *errs.Error
	if !errors.As(err, &known) && !p.running {
		err = errs.Usage(err.Error(), c.CommandPath()+" --help") // what Cobra finds wrong
	}
	if errors.Is(err, syscall.EPIPE) && known != nil && len(known.Hints) == 0 {
		return errs.ExitCode(err) // nobody reads on, and nothing is lost
	}
	if p.flags.Output.IsJSON() || p.askedForJSON() {
		p.say.ErrorJSON(err)
	} else {
		p.say.Error(err)
	}
	return errs.ExitCode(err)
}

// stopped reports whether a Ctrl-C or SIGTERM is the error.
func stopped(err error) bool {
	slug := errs.Of(err).Slug
	return slug == errs.Interrupted || slug == errs.Terminated
}

// askedForJSON finds the format where a wrong flag kept the flags from being read: the last that was typed, else the variable's.
func (p *Process) askedForJSON() bool {
	if p.running {
		return false
	}
	format := output.Format(p.Getenv("TAP_OUTPUT"))
	for n, a := range p.Args {
		switch value, long := strings.CutPrefix(a, "--output="); {
		case a == "--":
			return format.IsJSON()
		case a == "-o" || a == "--output":
			format = output.Format(strings.Join(p.Args[n+1:min(n+2, len(p.Args))], ""))
		case long:
			format = output.Format(value)
		case strings.HasPrefix(a, "-o"):
			format = output.Format(strings.TrimPrefix(a[len("-o"):], "="))
		}
	}
	return format.IsJSON()
}
